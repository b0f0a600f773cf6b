//! A PostgreSQL for tests: the run's shared one, or one of this test's own.

use quanheng_testkit::cluster::{Cluster, SHARED};

/// Its URL; the cluster ends with what is returned beside it.
pub(crate) fn url() -> (String, Option<Cluster>) {
    match std::env::var(SHARED) {
        Ok(url) => (url, None),
        Err(_) => {
            let cluster = Cluster::start();
            (cluster.url(), Some(cluster))
        }
    }
}

/// A realm of a test's own: it names schemas.
pub(crate) fn realm() -> String {
    let id = uuid::Uuid::new_v4().simple().to_string();
    format!("e{}", &id[..20])
}
