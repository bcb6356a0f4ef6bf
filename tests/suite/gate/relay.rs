//! Connections on loopback that are counted and passed on.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Takes `CONNECT` and passes bytes on; counts.
pub fn proxy() -> (u16, Arc<AtomicUsize>) {
    counting(|client, counted| {
        let mut lines = BufReader::new(client.try_clone().ok()?).lines();
        let first = lines.next()?.ok()?;
        let to = first.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
        while lines.next()?.ok().is_some_and(|line| !line.is_empty()) {}
        let server = TcpStream::connect(to).ok()?;
        (&client).write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
        counted.fetch_add(1, Ordering::Relaxed);
        join(client, server)
    })
}

/// For each connection; as long as the test runs.
pub fn counting(each: impl Fn(TcpStream, &AtomicUsize) -> Option<()> + Send + Sync + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let (counted, each) = (Arc::clone(&count), Arc::new(each));
    thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let (counted, each) = (Arc::clone(&counted), Arc::clone(&each));
            thread::spawn(move || each(client, &counted));
        }
    });
    (port, count)
}

/// Both ways, until either ends.
pub fn join(client: TcpStream, server: TcpStream) -> Option<()> {
    let back = (server.try_clone().ok()?, client.try_clone().ok()?);
    for (mut from, mut to) in [(client, server), back] {
        thread::spawn(move || {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
        });
    }
    Some(())
}
