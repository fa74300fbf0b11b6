//! Serves the AWS port alone, for a look with the AWS CLI or boto3: `aws_port [PORT [DIRECTORY]]`, in memory without a
//! directory. Two Lambda functions are there: `echo` gives its payload back, `fail` fails with it.

use std::sync::Arc;

use comanda_local::{
    aws::{AwsStack, Data, FunctionError, LambdaInvoker},
    scheduler::Boxed,
};
use comanda_tasks_aws::SystemClock;
use serde_json::Value;

struct Functions;

impl LambdaInvoker for Functions {
    fn invoke(&self, name: &str, payload: Value) -> Boxed<Option<Result<Value, FunctionError>>> {
        let answer = match name {
            "echo" => Some(Ok(payload)),
            "fail" => Some(Err(FunctionError {
                error_type: "Failure".to_owned(),
                error_message: payload.to_string(),
            })),
            _ => None,
        };
        Box::pin(async { answer })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(4566), |port| port.parse())?;
    let data = arguments.next().map_or(Data::Ephemeral, |directory| {
        Data::Directory(directory.into())
    });
    let stack = AwsStack::open(data, Arc::new(SystemClock)).await?;
    stack.run_with(Arc::new(Functions));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    tokio::select! {
        served = stack.serve(listener) => served?,
        signal = tokio::signal::ctrl_c() => signal?,
    }
    stack.closed().await;
    Ok(())
}
