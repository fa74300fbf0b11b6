//! Every address that we answer over HTTP, once: its method and path, the way in behind it, and who may call.
//!
//! The local stack and the Lambda functions answer by [`answer`]; `codegen` prints the table for the deployment. What is
//! HTTP about a request (sockets, headers of our own, how long a body may take) is left to whoever holds the connection.

mod call;

use std::{future::Future, pin::Pin};

use serde::Serialize;

use crate::{
    api::{self, Listing, Shop},
    entry_points,
    http::{Answer, Request},
    ports::Ports,
    webhooks,
};

use call::Call;

/// Providers' events are a few kilobytes and orders not much more; Lambda itself would take six megabytes.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// How an address is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Looks.
    Get,
    /// Changes something.
    Post,
    /// Takes something away.
    Delete,
}

impl Method {
    /// As it is on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// Who decides whether a caller is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Authentication {
    /// The handler, by the provider's token or signature: whoever is in front lets everybody through.
    Webhook,
    /// Whoever is in front: an operator's identity (IAM on AWS; on a machine of one's own, being on it).
    Operator,
}

/// One address.
#[derive(Clone, Copy)]
pub struct Route {
    /// How it is called.
    pub method: Method,
    /// Its path; `{name}` stands for one part of it.
    pub path: &'static str,
    /// The way in behind it, by name.
    pub entry_point: &'static str,
    /// Who decides about callers.
    pub authentication: Authentication,
    run: Run,
}

type Run = for<'a> fn(Call<'a>) -> Running<'a>;
/// A refusal is an answer too; the two only come apart so that `?` can be used.
type Running<'a> = Pin<Box<dyn Future<Output = Result<Answer, Answer>> + Send + 'a>>;

/// Every address there is.
pub static ROUTES: &[Route] = &[
    operator(Method::Post, "/api/orders", "place_order", |call| {
        Box::pin(async move { Ok(api::place_order(call.ports, call.body()).await) })
    }),
    operator(Method::Get, "/api/orders", "list_orders", |call| {
        Box::pin(list(call))
    }),
    operator(Method::Get, "/api/orders/{name}", "show_order", |call| {
        Box::pin(async move { Ok(api::show_order(call.ports, &call.shop()?, call.name()).await) })
    }),
    operator(
        Method::Get,
        "/api/orders/{name}/messages",
        "messages",
        |call| {
            Box::pin(async move { Ok(api::messages(call.ports, &call.shop()?, call.name()).await) })
        },
    ),
    operator(
        Method::Post,
        "/api/orders/{name}/cancel",
        "cancel_order",
        |call| {
            Box::pin(async move {
                let (shop, request) = (call.shop()?, call.read()?);
                Ok(api::cancel_order(call.ports, &shop, call.name(), request).await)
            })
        },
    ),
    operator(
        Method::Post,
        "/api/orders/{name}/payment-method",
        "choose_payment_method",
        |call| {
            Box::pin(async move {
                let (shop, request) = (call.shop()?, call.read()?);
                Ok(api::choose_payment_method(call.ports, &shop, call.name(), request).await)
            })
        },
    ),
    operator(
        Method::Get,
        "/api/customers/{name}",
        "show_customer",
        |call| {
            Box::pin(
                async move { Ok(api::show_customer(call.ports, &call.shop()?, call.name()).await) },
            )
        },
    ),
    operator(
        Method::Delete,
        "/api/customers/{name}",
        "erase_customer",
        |call| {
            Box::pin(async move {
                Ok(api::erase_customer(call.ports, &call.shop()?, call.name()).await)
            })
        },
    ),
    operator(
        Method::Get,
        "/api/customers/{name}/export",
        "export_customer",
        |call| {
            Box::pin(async move {
                Ok(api::export_customer(call.ports, &call.shop()?, call.name()).await)
            })
        },
    ),
    operator(Method::Get, "/api/parked-events", "parked_events", |call| {
        Box::pin(async move { Ok(api::parked_events(call.ports, &call.tenant()?).await) })
    }),
    operator(Method::Get, "/api/exceptions", "exceptions", |call| {
        Box::pin(async move {
            let which = call.which()?;
            Ok(api::exceptions(call.ports, &call.tenant()?, &which).await)
        })
    }),
    operator(
        Method::Post,
        "/api/exceptions/close",
        "exceptions",
        |call| {
            Box::pin(async move {
                let (tenant, request) = (call.tenant()?, call.read()?);
                Ok(api::close_exception(call.ports, &tenant, &request).await)
            })
        },
    ),
    webhook("/webhooks/asaas/{route}", "asaas", |call| {
        Box::pin(async move {
            Ok(webhooks::asaas::receive(call.ports, call.name(), &call.webhook()).await)
        })
    }),
    webhook("/webhooks/twilio", "twilio", |call| {
        Box::pin(async move { Ok(webhooks::twilio::receive(call.ports, &call.webhook()).await) })
    }),
];

/// What requests are answered with.
#[derive(Clone, Copy)]
pub struct Entrance<'a> {
    /// The world.
    pub ports: &'a Ports,
    /// Our public address, as providers are told: from configuration, for `Host` is whatever a caller says.
    pub url: &'a str,
    /// The store that calls mean which name none; such calls are refused where there is none.
    pub default_shop: Option<&'a Shop>,
    /// The service that answers; every service where absent.
    pub function: Option<&'a str>,
}

/// Answers a request, whatever it is.
pub async fn answer(entrance: Entrance<'_>, request: &Request) -> Answer {
    let Some((route, name)) = find(request) else {
        return unknown(request);
    };
    let is_its_own = |function: &str| route.function() == Some(function);
    if !entrance.function.is_none_or(is_its_own) {
        return Answer::error(
            500,
            "MISROUTED",
            "another function answers this address",
            Some("the gateway's routes must be those of generated/manifest.json"),
        );
    }
    if request.body.len() > BODY_BYTES_MAX {
        return body_not_read();
    }
    let call = Call::new(entrance, request, name);
    (route.run)(call).await.unwrap_or_else(|refusal| refusal)
}

/// The service whose function answers a request; `None` if it leads nowhere.
#[must_use]
pub fn function_of(request: &Request) -> Option<&'static str> {
    find(request)?.0.function()
}

/// The answer to a body beyond the limit, or to one that broke off.
#[must_use]
pub fn body_not_read() -> Answer {
    Answer::error(
        413,
        "BODY_NOT_READ",
        format!("the body broke off, or is longer than {BODY_BYTES_MAX} bytes"),
        None,
    )
}

impl Route {
    /// The service whose function answers it; a test holds that there is one.
    #[must_use]
    pub fn function(&self) -> Option<&'static str> {
        entry_points::function_of(self.entry_point)
    }

    /// The part of this path that its placeholder stands for, empty where there is none; `None` if it is another path.
    fn matches<'a>(&self, path: &'a str) -> Option<&'a str> {
        let mut name = "";
        let (mut pattern, mut parts) = (self.path.split('/'), path.split('/'));
        loop {
            match (pattern.next(), parts.next()) {
                (None, None) => return Some(name),
                (Some(hole), Some(part)) if hole.starts_with('{') && !part.is_empty() => {
                    name = part;
                }
                (Some(word), Some(part)) if word == part => {}
                _ => return None,
            }
        }
    }
}

fn find(request: &Request) -> Option<(&'static Route, &str)> {
    let mut routes = ROUTES
        .iter()
        .filter(|route| route.method.as_str() == request.method);
    routes.find_map(|route| Some((route, route.matches(&request.path)?)))
}

fn unknown(request: &Request) -> Answer {
    let there: Vec<&str> = ROUTES
        .iter()
        .filter(|route| route.matches(&request.path).is_some())
        .map(|route| route.method.as_str())
        .collect();
    if there.is_empty() {
        return Answer::error(404, "NO_SUCH_ADDRESS", "nothing is at this address", None);
    }
    let help = format!("it takes {}", there.join(" and "));
    Answer::error(
        405,
        "METHOD_NOT_ALLOWED",
        "this address is not called like that",
        Some(&help),
    )
}

async fn list(call: Call<'_>) -> Result<Answer, Answer> {
    let (shop, asked) = call.asked()?;
    if let Some(text) = &asked.search {
        return Ok(api::find(call.ports, &shop, text).await);
    }
    let listing = Listing {
        status: asked.status,
        limit: asked.limit,
        cursor: asked.cursor,
    };
    Ok(api::list_orders(call.ports, &shop, &listing).await)
}

const fn operator(
    method: Method,
    path: &'static str,
    entry_point: &'static str,
    run: Run,
) -> Route {
    Route {
        method,
        path,
        entry_point,
        authentication: Authentication::Operator,
        run,
    }
}

const fn webhook(path: &'static str, entry_point: &'static str, run: Run) -> Route {
    Route {
        method: Method::Post,
        path,
        entry_point,
        authentication: Authentication::Webhook,
        run,
    }
}
