//! A way to a server that can be cut.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Forwards connections to a server, until told to cut them.
pub struct Proxy {
    address: SocketAddr,
    cuts: watch::Sender<u64>,
    shared: Arc<Shared>,
}

struct Shared {
    server: SocketAddr,
    /// Cut a connection when the client has sent these bytes: before they go on, or
    /// after they went on but before the answer comes back.
    trigger: &'static [u8],
    before: AtomicU64,
    after: AtomicU64,
    refusing: AtomicBool,
    cut: AtomicU64,
}

impl Proxy {
    /// Starts a proxy to a local port. `trigger` is what [`Proxy::cut_before`] and
    /// [`Proxy::cut_after`] look for in what clients send.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(port: u16, trigger: &'static [u8]) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let (cuts, watching) = watch::channel(0);
        let shared = Arc::new(Shared {
            server: SocketAddr::from(([127, 0, 0, 1], port)),
            trigger,
            before: AtomicU64::new(0),
            after: AtomicU64::new(0),
            refusing: AtomicBool::new(false),
            cut: AtomicU64::new(0),
        });
        let forwarding = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (shared, watching) = (Arc::clone(&forwarding), watching.clone());
                if !shared.refusing.load(Ordering::SeqCst) {
                    tokio::spawn(async move {
                        let _ = forward(client, shared, watching).await;
                    });
                }
            }
        });
        Ok(Self { address, cuts, shared })
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Cuts every connection now.
    pub fn cut_all(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Whether new connections are refused.
    pub fn refuse(&self, refusing: bool) {
        self.shared.refusing.store(refusing, Ordering::SeqCst);
    }

    /// The next so many triggers never reach the server.
    pub fn cut_before(&self, times: u64) {
        self.shared.before.store(times, Ordering::SeqCst);
    }

    /// The next so many triggers reach the server, but their answers do not come back.
    pub fn cut_after(&self, times: u64) {
        self.shared.after.store(times, Ordering::SeqCst);
    }

    /// How many connections a trigger has cut.
    #[must_use]
    pub fn cut_count(&self) -> u64 {
        self.shared.cut.load(Ordering::SeqCst)
    }
}

fn take_one(counter: &AtomicU64) -> bool {
    let less = |count: u64| count.checked_sub(1);
    counter.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok()
}

async fn forward(
    mut client: TcpStream,
    shared: Arc<Shared>,
    mut cuts: watch::Receiver<u64>,
) -> io::Result<()> {
    let mut server = TcpStream::connect(shared.server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    cuts.mark_unchanged();
    let (mut up, mut down) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    loop {
        tokio::select! {
            _ = cuts.changed() => return Ok(()),
            read = client.read(&mut up) => {
                let sent = &up[..read?];
                if sent.is_empty() {
                    return Ok(());
                }
                let triggered = sent.windows(shared.trigger.len()).any(|w| w == shared.trigger);
                if triggered && take_one(&shared.before) {
                    shared.cut.fetch_add(1, Ordering::SeqCst);
                    return Ok(());
                }
                server.write_all(sent).await?;
                if triggered && take_one(&shared.after) {
                    shared.cut.fetch_add(1, Ordering::SeqCst);
                    // The server has it; give it the time to do what it was told.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    return Ok(());
                }
            }
            read = server.read(&mut down) => {
                let answered = &down[..read?];
                if answered.is_empty() {
                    return Ok(());
                }
                client.write_all(answered).await?;
            }
        }
    }
}
