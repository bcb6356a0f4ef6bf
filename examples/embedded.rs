//! Serves an embedded cluster in the foreground: `cargo run --example embedded -- DIR PORT`.

use std::path::Path;

use todo_agent::adapters::cluster::embedded::server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().ok_or("give a folder")?;
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(0);
    server::serve(Path::new(&dir), port).await?;
    Ok(())
}
