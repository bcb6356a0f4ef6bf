//! Stands between the program and the Docker Engine, as `proxy.rs` does before the API server: while a file is there the socket
//! is gone and what was open is cut, as by an engine that was stopped.

use std::{
    fs, io,
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

const LOOK: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub struct EngineProxy {
    over: Arc<AtomicBool>,
}

impl EngineProxy {
    /// At `socket`, in front of `engine`, until it is dropped; gone while the file `gone` is there.
    pub fn at(socket: PathBuf, engine: PathBuf, gone: PathBuf) -> Self {
        let listener = UnixListener::bind(&socket).unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        thread::spawn(move || {
            let mut listener = Some(listener);
            let open: Mutex<Vec<UnixStream>> = Mutex::default();
            while !ended.load(Ordering::Relaxed) {
                match (gone.exists(), &listener) {
                    (true, Some(_)) => {
                        listener = None;
                        let _ = fs::remove_file(&socket);
                        for stream in open.lock().unwrap().drain(..) {
                            let _ = stream.shutdown(Shutdown::Both);
                        }
                    }
                    (false, None) => listener = UnixListener::bind(&socket).ok(),
                    (false, Some(listening)) => accept(listening, &engine, &open),
                    (true, None) => {}
                }
                thread::sleep(LOOK);
            }
        });
        Self { over }
    }
}

impl Drop for EngineProxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn accept(listener: &UnixListener, engine: &Path, open: &Mutex<Vec<UnixStream>>) {
    listener.set_nonblocking(true).unwrap();
    while let Ok((client, _)) = listener.accept() {
        client.set_nonblocking(false).unwrap();
        let Ok(engine) = UnixStream::connect(engine) else { continue };
        let mut open = open.lock().unwrap();
        for (from, to) in [(&client, &engine), (&engine, &client)] {
            let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            open.push(from.try_clone().unwrap());
            thread::spawn(move || {
                let _ = io::copy(&mut from, &mut to);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    }
}
