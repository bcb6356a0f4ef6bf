//! Our own streams, and who else holds them.

/// Gives our streams handles that no child inherits. Those that we were given are inherited by every child on Windows, whatever it
/// gets for its own streams: who reads our output to its end would wait for the end of a server that we left running.
#[cfg(windows)]
pub fn keep() {
    use filedescriptor::{FileDescriptor, StdioDescriptor};
    let kept = [
        FileDescriptor::redirect_stdio(&std::io::stdin(), StdioDescriptor::Stdin),
        FileDescriptor::redirect_stdio(&std::io::stdout(), StdioDescriptor::Stdout),
        FileDescriptor::redirect_stdio(&std::io::stderr(), StdioDescriptor::Stderr),
    ];
    for error in kept.into_iter().filter_map(Result::err) {
        tracing::debug!(%error, "a stream stays one that is inherited");
    }
}

/// Elsewhere a child has only the streams that it is given.
#[cfg(not(windows))]
pub const fn keep() {}
