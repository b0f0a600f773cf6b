//! `quanheng healthcheck`: whether a server says that it serves.

use clap::Args;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::connect::ClientArgs;
use super::failure::CliFailure;
use super::output::{Output, document, out};
use super::session::Done;

/// Whom to ask.
#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    #[command(flatten)]
    client: ClientArgs,
    /// 服务全名,如 quanheng.quota.v1.QuotaService;未指定为整个进程
    #[arg(long, value_name = "服务", default_value = "")]
    service: String,
}

impl HealthArgs {
    /// Asks once: who checks health again and again does not want retries.
    pub(crate) async fn run(self, output: Output) -> Done {
        let connection = self.client.connect()?;
        let request = HealthCheckRequest { service: self.service };
        let request = connection.request(request, Some(connection.timeout()));
        let answer = HealthClient::new(connection.channel()).check(request).await;
        let answer: HealthCheckResponse =
            answer.map_err(|status| CliFailure::status(&status))?.into_inner();
        let status = answer.status();
        let name = status.as_str_name();
        match output {
            Output::Json => document(&serde_json::json!({ "status": name }))?,
            Output::Table => out(&format!("{name}\n"))?,
        }
        if status == ServingStatus::Serving {
            return Ok(());
        }
        Err(CliFailure::unavailable("NOT_SERVING", "服务未就绪"))
    }
}
