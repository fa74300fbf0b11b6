//! Serves the AWS port alone, for a look with the AWS CLI or boto3: `aws_port [PORT [DIRECTORY]]`, in memory without a
//! directory.

use std::sync::Arc;

use comanda_local::aws::{AwsStack, Data};
use comanda_tasks_aws::SystemClock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(4566), |port| port.parse())?;
    let data = arguments.next().map_or(Data::Ephemeral, |directory| {
        Data::Directory(directory.into())
    });
    let stack = AwsStack::open(data, Arc::new(SystemClock)).await?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    tokio::select! {
        served = stack.serve(listener) => served?,
        signal = tokio::signal::ctrl_c() => signal?,
    }
    stack.close();
    Ok(())
}
