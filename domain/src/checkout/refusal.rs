//! Why an order is not taken: one typed reason, and the words with which a customer can do something about it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ItemId, OptionId},
    money::Money,
    order::PaymentMethod,
};

/// Why an order is not taken. Nothing was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(
    tag = "code",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum Refusal {
    /// The store is closed.
    #[error("the store is closed")]
    StoreClosed {
        /// When it opens, as a customer reads it (`hoje às 18:00`), if within two weeks.
        opens: Option<String>,
        /// The same instant with the store's offset (RFC 3339).
        opens_at: Option<String>,
    },
    /// Nothing was ordered.
    #[error("the order is empty")]
    EmptyOrder,
    /// More lines than an order has.
    #[error("the order has more than {limit} lines")]
    TooManyLines {
        /// The most.
        limit: u32,
    },
    /// The menu has no such item.
    #[error("the menu has no item {item_id}")]
    UnknownItem {
        /// What was asked for.
        item_id: ItemId,
    },
    /// The item is out.
    #[error("item {item_id} is not available")]
    ItemUnavailable {
        /// What was asked for.
        item_id: ItemId,
        /// Its name.
        name: String,
    },
    /// Not between 1 and 99 of it.
    #[error("{quantity} is not a quantity of {item_id}: use 1 to {limit}")]
    InvalidQuantity {
        /// What was asked for.
        item_id: ItemId,
        /// How many were asked for.
        quantity: i64,
        /// The most.
        limit: u32,
    },
    /// The item has no such option.
    #[error("item {item_id} has no option {option_id}")]
    UnknownOption {
        /// What was asked for.
        item_id: ItemId,
        /// With what.
        option_id: OptionId,
    },
    /// The same option twice on one line.
    #[error("option {option_id} of item {item_id} is chosen twice")]
    RepeatedOption {
        /// What was asked for.
        item_id: ItemId,
        /// With what.
        option_id: OptionId,
    },
    /// The option is out.
    #[error("option {option_id} of item {item_id} is not available")]
    OptionUnavailable {
        /// What was asked for.
        item_id: ItemId,
        /// With what.
        option_id: OptionId,
        /// The option's name.
        name: String,
    },
    /// Too few or too many options of one group.
    #[error("item {item_id} takes {minimum} to {maximum} of `{group}`, not {chosen}")]
    OptionCount {
        /// What was asked for.
        item_id: ItemId,
        /// The item's name.
        name: String,
        /// The group's name.
        group: String,
        /// At least.
        minimum: u32,
        /// At most.
        maximum: u32,
        /// Chosen.
        chosen: u32,
    },
    /// Too little.
    #[error("the goods are worth {total}, less than the minimum of {minimum}")]
    BelowMinimum {
        /// The least.
        minimum: Money,
        /// What the goods are worth after discount.
        total: Money,
    },
    /// More than one order may cost.
    #[error("the order costs more than {limit}")]
    AboveLimit {
        /// The most.
        limit: Money,
    },
    /// The store does not take that.
    #[error("the store does not take {method}")]
    MethodNotAccepted {
        /// What was chosen.
        method: PaymentMethod,
        /// What may be chosen.
        accepted: Vec<PaymentMethod>,
    },
    /// Online payment needs the payer's CPF.
    #[error("online payment needs the payer's CPF")]
    CpfRequired,
    /// The check digits are wrong.
    #[error("the CPF is not valid")]
    CpfInvalid,
    /// The name is none.
    #[error("the name is not valid")]
    NameInvalid,
    /// The channel address is none.
    #[error("the channel address is not valid")]
    ChannelAddressInvalid,
    /// The address lacks something or has something wrong.
    #[error("the delivery address is not valid: {field}")]
    AddressInvalid {
        /// Which field.
        field: String,
    },
    /// The store does not deliver there.
    #[error("the store does not deliver to the address")]
    OutsideDeliveryZone,
    /// Orders cannot be fetched here.
    #[error("the store does not offer pickup")]
    PickupNotOffered,
    /// A text is too long, or has characters that no text has.
    #[error(
        "the text {field} has more than {limit} characters, or characters that cannot be printed"
    )]
    TextInvalid {
        /// Which field.
        field: String,
        /// The most characters.
        limit: u32,
    },
    /// It could not be taken for a reason of ours.
    #[error("the order could not be registered, for a reason of ours")]
    NotRegistered,
}

impl Refusal {
    /// `BELOW_MINIMUM`: the same word as in JSON.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::StoreClosed { .. } => "STORE_CLOSED",
            Self::EmptyOrder => "EMPTY_ORDER",
            Self::TooManyLines { .. } => "TOO_MANY_LINES",
            Self::UnknownItem { .. } => "UNKNOWN_ITEM",
            Self::ItemUnavailable { .. } => "ITEM_UNAVAILABLE",
            Self::InvalidQuantity { .. } => "INVALID_QUANTITY",
            Self::UnknownOption { .. } => "UNKNOWN_OPTION",
            Self::RepeatedOption { .. } => "REPEATED_OPTION",
            Self::OptionUnavailable { .. } => "OPTION_UNAVAILABLE",
            Self::OptionCount { .. } => "OPTION_COUNT",
            Self::BelowMinimum { .. } => "BELOW_MINIMUM",
            Self::AboveLimit { .. } => "ABOVE_LIMIT",
            Self::MethodNotAccepted { .. } => "METHOD_NOT_ACCEPTED",
            Self::CpfRequired => "CPF_REQUIRED",
            Self::CpfInvalid => "CPF_INVALID",
            Self::NameInvalid => "NAME_INVALID",
            Self::ChannelAddressInvalid => "CHANNEL_ADDRESS_INVALID",
            Self::AddressInvalid { .. } => "ADDRESS_INVALID",
            Self::OutsideDeliveryZone => "OUTSIDE_DELIVERY_ZONE",
            Self::PickupNotOffered => "PICKUP_NOT_OFFERED",
            Self::TextInvalid { .. } => "TEXT_INVALID",
            Self::NotRegistered => "NOT_REGISTERED",
        }
    }

    /// What the customer is told: what is true, and what can be done.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::StoreClosed { opens: Some(opens), .. } => {
                format!("Estamos fechados agora. Abrimos {opens}; faça seu pedido a partir desse horário.")
            }
            Self::StoreClosed { opens: None, .. } => {
                "Estamos fechados e ainda não temos data para reabrir.".to_owned()
            }
            Self::EmptyOrder => "Seu pedido está vazio. Escolha pelo menos um item do cardápio.".to_owned(),
            Self::TooManyLines { limit } => {
                format!("Seu pedido tem itens diferentes demais. Divida em pedidos de até {limit} itens.")
            }
            Self::UnknownItem { .. } => {
                "Um dos itens não está mais no cardápio. Veja o cardápio atual e escolha outro.".to_owned()
            }
            Self::ItemUnavailable { name, .. } => {
                format!("{name} está em falta hoje. Escolha outro item do cardápio.")
            }
            Self::InvalidQuantity { limit, .. } => {
                format!("A quantidade de cada item deve ser de 1 a {limit}.")
            }
            Self::UnknownOption { .. } => {
                "Uma das opções escolhidas não existe para esse item. Veja as opções no cardápio.".to_owned()
            }
            Self::RepeatedOption { .. } => {
                "Uma opção foi escolhida duas vezes no mesmo item. Escolha cada opção uma vez só.".to_owned()
            }
            Self::OptionUnavailable { name, .. } => {
                format!("A opção {name} está em falta hoje. Escolha outra ou siga sem ela.")
            }
            Self::OptionCount { .. } => self.option_count_message(),
            Self::BelowMinimum { minimum, total } => format!(
                "O pedido mínimo é {minimum} e o seu soma {total}. Acrescente algum item para continuar."
            ),
            Self::AboveLimit { limit } => {
                format!("Pedidos pelo chat vão até {limit}. Para valores maiores, fale com a gente.")
            }
            Self::MethodNotAccepted { method, accepted } => {
                let labels: Vec<&str> = accepted.iter().map(|method| method.label()).collect();
                format!("Não aceitamos {}. Você pode pagar com {}.", method.label(), one_of(&labels))
            }
            Self::CpfRequired => {
                "Para pagar online precisamos do CPF de quem vai pagar. Informe o CPF ou escolha pagar na entrega."
                    .to_owned()
            }
            Self::CpfInvalid => "Esse CPF não confere. Verifique os 11 números e envie de novo.".to_owned(),
            Self::NameInvalid => "Não entendemos o nome. Envie nome e sobrenome, só com letras.".to_owned(),
            Self::ChannelAddressInvalid => {
                "Não reconhecemos o contato de onde veio este pedido. Escreva para nós pelo WhatsApp.".to_owned()
            }
            Self::AddressInvalid { field } => {
                format!("O endereço de entrega está incompleto ou tem um erro em: {}. Corrija e envie de novo.", address_field(field))
            }
            Self::OutsideDeliveryZone => {
                "Ainda não entregamos nesse endereço. Informe outro endereço ou escolha retirar no local.".to_owned()
            }
            Self::PickupNotOffered => {
                "Não temos retirada no local. Informe um endereço para a entrega.".to_owned()
            }
            Self::TextInvalid { limit, .. } => format!(
                "Um dos textos é longo demais ou tem caracteres que não conseguimos ler. Use até {limit} caracteres simples."
            ),
            Self::NotRegistered => {
                "Não conseguimos registrar seu pedido agora. Nada foi cobrado; tente de novo em alguns minutos.".to_owned()
            }
        }
    }

    fn option_count_message(&self) -> String {
        let Self::OptionCount {
            name,
            group,
            minimum,
            maximum,
            ..
        } = self
        else {
            return String::new();
        };
        let count = match (minimum, maximum) {
            (minimum, maximum) if minimum == maximum => format!("exatamente {minimum}"),
            (0, maximum) => format!("até {maximum}"),
            (minimum, maximum) => format!("de {minimum} a {maximum}"),
        };
        format!("Em {name}, escolha {count} em “{group}”.")
    }
}

fn one_of(labels: &[&str]) -> String {
    match labels {
        [] => "nenhuma outra forma no momento".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} ou {last}", first.join(", ")),
    }
}

fn address_field(field: &str) -> &str {
    match field {
        "street" => "rua",
        "number" => "número",
        "complement" => "complemento",
        "neighborhood" => "bairro",
        "city" => "cidade",
        "state" => "estado (UF)",
        "postalCode" => "CEP",
        "reference" => "ponto de referência",
        _ => "endereço",
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use crate::{money::Money, order::PaymentMethod as M};

    #[test]
    fn the_customer_reads_what_to_do() {
        let money = Money::from_centavos;
        for (refusal, expected) in [
            (
                Refusal::BelowMinimum {
                    minimum: money(2_000),
                    total: money(690),
                },
                "O pedido mínimo é R$ 20,00 e o seu soma R$ 6,90. Acrescente algum item para continuar.",
            ),
            (
                Refusal::StoreClosed {
                    opens: Some("hoje às 18:00".to_owned()),
                    opens_at: None,
                },
                "Estamos fechados agora. Abrimos hoje às 18:00; faça seu pedido a partir desse horário.",
            ),
            (
                Refusal::MethodNotAccepted {
                    method: M::Credit,
                    accepted: vec![M::Pix, M::Debit, M::Cash],
                },
                "Não aceitamos cartão de crédito. Você pode pagar com PIX, cartão de débito ou dinheiro.",
            ),
            (
                Refusal::AddressInvalid {
                    field: "postalCode".to_owned(),
                },
                "O endereço de entrega está incompleto ou tem um erro em: CEP. Corrija e envie de novo.",
            ),
        ] {
            assert_eq!(refusal.message(), expected);
        }
    }

    #[test]
    fn the_code_is_the_one_in_json() {
        let refusals = [
            Refusal::EmptyOrder,
            Refusal::CpfRequired,
            Refusal::StoreClosed {
                opens: None,
                opens_at: None,
            },
            Refusal::OutsideDeliveryZone,
            Refusal::AboveLimit { limit: Money::ZERO },
        ];
        for refusal in refusals {
            let json = serde_json::to_value(&refusal).expect("JSON");
            assert_eq!(json["code"], refusal.code());
            assert!(!refusal.message().is_empty());
            assert_eq!(serde_json::from_value::<Refusal>(json).ok(), Some(refusal));
        }
    }
}
