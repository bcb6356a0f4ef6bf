//! Stands between the program and the API server, passes bytes on, and can be made to be gone: while a file is there, every
//! connection is cut and new ones are refused, as by a server that was stopped. TLS goes through it unharmed.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

const LOOK: Duration = Duration::from_millis(20);

#[derive(Debug)]
pub struct Proxy {
    pub address: SocketAddr,
    over: Arc<AtomicBool>,
}

impl Proxy {
    /// In front of `server`, until it is dropped; gone while the file `gone` is there.
    pub fn before(server: SocketAddr, gone: PathBuf) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        thread::spawn(move || {
            let mut listener = Some(listener);
            let open: Mutex<Vec<TcpStream>> = Mutex::default();
            while !ended.load(Ordering::Relaxed) {
                match (gone.exists(), &listener) {
                    (true, Some(_)) => {
                        listener = None;
                        for stream in open.lock().unwrap().drain(..) {
                            let _ = stream.shutdown(Shutdown::Both);
                        }
                    }
                    (false, None) => listener = TcpListener::bind(address).ok(),
                    (false, Some(listening)) => accept(listening, server, &open),
                    (true, None) => {}
                }
                thread::sleep(LOOK);
            }
        });
        Self { address, over }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn accept(listener: &TcpListener, server: SocketAddr, open: &Mutex<Vec<TcpStream>>) {
    listener.set_nonblocking(true).unwrap();
    while let Ok((client, _)) = listener.accept() {
        client.set_nonblocking(false).unwrap();
        let Ok(server) = TcpStream::connect(server) else { continue };
        let mut open = open.lock().unwrap();
        for (from, to) in [(&client, &server), (&server, &client)] {
            let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            open.push(from.try_clone().unwrap());
            thread::spawn(move || {
                let _ = io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    }
}
