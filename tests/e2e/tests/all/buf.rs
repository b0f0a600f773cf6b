//! The form of `proto/`, and that it breaks no client that was generated from the
//! committed baseline.

#[tokio::test]
async fn proto_is_clean_and_breaks_nobody() {
    crate::clients::run("buf.sh", &[]).await;
}
