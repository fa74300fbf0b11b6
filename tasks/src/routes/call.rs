//! One request on its way to its handler: what its path, query and body say, or the answer that refuses it.

use comanda_domain::ids::ClientId;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, de::DeserializeOwned};

use super::Entrance;
use crate::{
    api::{self, Shop, Which},
    http::{Answer, Request, WebhookRequest},
    ports::Ports,
};

/// A request that found its route.
pub(super) struct Call<'a> {
    pub(super) ports: &'a Ports,
    entrance: Entrance<'a>,
    request: &'a Request,
    name: String,
}

/// What a query may say: which store, and for lists which part of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Asked {
    client_id: Option<String>,
    store_id: Option<String>,
    pub(super) search: Option<String>,
    pub(super) status: Option<String>,
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<String>,
}

impl<'a> Call<'a> {
    pub(super) fn new(entrance: Entrance<'a>, request: &'a Request, name: &str) -> Self {
        Self {
            ports: entrance.ports,
            entrance,
            request,
            name: percent_decode_str(name).decode_utf8_lossy().into_owned(),
        }
    }

    /// What the path's placeholder stands for.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.request.body
    }

    /// The body as the JSON that a handler wants.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Answer> {
        api::parse(&self.request.body)
    }

    /// The store that is meant.
    pub(super) fn shop(&self) -> Result<Shop, Answer> {
        Ok(self.asked()?.0)
    }

    /// The store that is meant, and the rest of the query.
    pub(super) fn asked(&self) -> Result<(Shop, Asked), Answer> {
        let asked = self.query()?;
        let default = self.default_shop(&asked);
        let (tenant, store) = (asked.client_id.clone(), asked.store_id.clone());
        let tenant = tenant.or_else(|| Some(default?.client_id.to_string()));
        let store = store.or_else(|| Some(default?.store_id.to_string()));
        let (Some(tenant), Some(store)) = (tenant, store) else {
            return Err(Answer::error(
                400,
                "STORE_NOT_NAMED",
                "the query does not say which store is meant, and there is no store that is meant by itself",
                Some("add ?clientId=<tenant>&storeId=<store> to the address"),
            ));
        };
        Ok((Shop::parse(&tenant, &store)?, asked))
    }

    /// The tenant that is meant, where no store matters.
    pub(super) fn tenant(&self) -> Result<ClientId, Answer> {
        let asked = self.query()?;
        let default = self.default_shop(&asked);
        let named = asked.client_id;
        let Some(tenant) = named.or_else(|| Some(default?.client_id.to_string())) else {
            return Err(Answer::error(
                400,
                "TENANT_NOT_NAMED",
                "the query does not say which tenant is meant, and there is none that is meant by itself",
                Some("add ?clientId=<tenant> to the address"),
            ));
        };
        api::tenant(&tenant)
    }

    /// The part of a list that is meant.
    pub(super) fn which(&self) -> Result<Which, Answer> {
        let Asked { status, cursor, .. } = self.query()?;
        Ok(Which { status, cursor })
    }

    /// The store that is meant by itself; a store of one tenant is none of another's.
    fn default_shop(&self, asked: &Asked) -> Option<&'a Shop> {
        let is_its_own = |shop: &&Shop| {
            let mut named = asked.client_id.iter();
            named.all(|tenant| tenant == shop.client_id.as_str())
        };
        self.entrance.default_shop.filter(is_its_own)
    }

    fn query(&self) -> Result<Asked, Answer> {
        serde_urlencoded::from_str(&self.request.query).map_err(|error| {
            Answer::error(
                400,
                "MALFORMED_REQUEST",
                format!("the query cannot be read: {error}"),
                Some("the query takes clientId, storeId, search, status, limit and cursor"),
            )
        })
    }

    /// The request as a webhook's handler verifies it.
    pub(super) fn webhook(&self) -> WebhookRequest {
        let Request { path, query, .. } = self.request;
        let question = if query.is_empty() { "" } else { "?" };
        WebhookRequest {
            url: format!("{}{path}{question}{query}", self.entrance.url),
            headers: self.request.headers.clone(),
            body: self.request.body.clone(),
        }
    }
}
