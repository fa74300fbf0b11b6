//! Ports on loopback: the one that was asked for, or the next free one if nobody insisted.

use std::{io, net::Ipv4Addr};

use tokio::net::TcpListener;

/// How many ports after the usual one are tried.
const NEXT_MAX: u16 = 20;

/// Which port is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// This one, or the next that is free.
    From(u16),
    /// This one or none; 0 is any.
    Exactly(u16),
}

/// No port could be had.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another program has it.
    #[error("port {0} is taken by another program")]
    Taken(u16),
    /// The system refused for another reason.
    #[error("port {port} cannot be listened on")]
    Refused {
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
}

/// A listener on loopback, and its address as a URL.
pub(super) async fn bind(port: Port) -> Result<(TcpListener, String), ListenError> {
    let (first, last) = match port {
        Port::From(port) => (port, port.saturating_add(NEXT_MAX)),
        Port::Exactly(port) => (port, port),
    };
    for port in first..=last {
        let refused = |source| ListenError::Refused { port, source };
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => {
                let address = listener.local_addr().map_err(refused)?;
                return Ok((listener, format!("http://{address}")));
            }
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(refused(error)),
        }
    }
    Err(ListenError::Taken(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_an_error_only_if_it_was_insisted_on() {
        let (held, url) = bind(Port::Exactly(0)).await.unwrap();
        let taken = held.local_addr().unwrap().port();
        assert_eq!(url, format!("http://127.0.0.1:{taken}"));
        let insisted = bind(Port::Exactly(taken)).await;
        assert!(matches!(insisted, Err(ListenError::Taken(port)) if port == taken));
        let (_, next) = bind(Port::From(taken)).await.unwrap();
        assert_ne!(next, url);
    }
}
