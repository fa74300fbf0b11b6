//! Faults that were made once, in the code that this product grew from or in our own, and that can be put back one at a
//! time to see that they are caught. Only in builds with the feature `planted-faults`: elsewhere [`planted`] is a constant
//! `false`, and what hangs on it is not compiled in.
//!
//! Where a fault is a wrong use of a port, `simulation` puts it between the handlers and their ports; where it is a wrong
//! decision, the place that decides asks [`planted`]. [`Fault`] is of orders and money, [`CustomerFault`] of customers and
//! talks: each list has its own worlds.

macro_rules! faults {
    ($list:ident: $($name:ident = $word:literal, $origin:literal, $says:literal;)*) => {
        /// A fault that can be put back.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $list {
            $(#[doc = $says] $name,)*
        }

        impl $list {
            /// Every fault.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As the command line names it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// Where it was made: a number of the list of the reference code's faults, or `ours`.
            #[must_use]
            pub fn origin(self) -> &'static str {
                match self {
                    $(Self::$name => $origin,)*
                }
            }

            /// What is wrong with it.
            #[must_use]
            pub fn says(self) -> &'static str {
                match self {
                    $(Self::$name => $says,)*
                }
            }
        }
    };
}

mod customers;

pub use customers::CustomerFault;

faults! {
    Fault:
    FloatPrice = "float-price", "F002", "an order's price is a float, which no table takes";
    NullIndexKey = "null-index-key", "F003", "an order's index key is null, which no index takes";
    GoodsCostNothing = "goods-cost-nothing", "F004", "the menu's prices are lost, and goods cost nothing";
    NegativeQuantity = "negative-quantity", "F005", "quantities are taken as they come";
    BelowMinimum = "below-minimum", "F005", "the store's minimum is not asked for";
    UnchargedIsTaken = "uncharged-is-taken", "F006", "an order whose charge could not be made goes on as if it were paid";
    UnpaidToTheStore = "unpaid-to-the-store", "F007", "the store gets an order that is to be paid online before it is paid";
    StoreClockFromCreation = "store-clock-from-creation", "F008", "the store's clock starts when the order is created";
    RefundTimerUnread = "refund-timer-unread", "F009", "the time until a silent store means no is not kept";
    SilenceCancels = "silence-cancels", "F010", "silence that means yes cancels the order";
    RefundsAgainstTheRule = "refunds-against-the-rule", "F011", "a silent store's money goes back though a person should decide";
    SilentCashStays = "silent-cash-stays", "F012", "an order that is paid at the door waits for its store for ever";
    CancelLeavesMoney = "cancel-leaves-money", "F017", "an order that ends paid owes nothing";
    LateMoneyIgnored = "late-money-ignored", "F017", "money after the end is no obligation";
    SecondPaymentIgnored = "second-payment-ignored", "F017", "a second payment is no obligation";
    ChargeNeverDeleted = "charge-never-deleted", "F018", "an order ends and its charge stays payable";
    CancelOverRefunded = "cancel-over-refunded", "F019", "a cancel makes a refunded order a cancelled one";
    MessagesTwice = "messages-twice", "F020", "every message is sent twice";
    RefundNeverStarted = "refund-never-started", "F021", "a refund is owed and nothing carries it out";
    HistoryCut = "history-cut", "F022", "the history keeps its last entry only";
    AnybodyRefunds = "anybody-refunds", "F024", "an order is refunded because somebody says so";
    RefundWithoutKey = "refund-without-key", "F025", "an obligation that is found again is another refund";
    NoConditions = "no-conditions", "F023", "rows are written without conditions";
    RefundOnReport = "cancel-report-leaves-money", "F021", "a cancel after the confirmation gives nothing back";
    LateStatusTold = "late-status-told", "F026", "a status is told however long ago it was decided to tell it";
    ReplayIsPayment = "replay-is-payment", "F027", "a payment that is reported again undoes what went back of it";
    PaidToldTwice = "paid-told-twice", "F028", "who paid by card is thanked when it is confirmed and when it arrives";
    FinishedKeepsMoney = "finished-keeps-money", "F029", "no movement of money is booked on an order that was delivered";
    CentavosUnread = "centavos-unread", "F031", "an event whose amount has centavos cannot be read";
    ConfigFailsOpen = "config-fails-open", "F036", "rules that cannot be read forbid nothing";
    MessageNeverSent = "message-never-sent", "F038", "a message is noted as sent and is not";
    PickupIsDelivered = "pickup-is-delivered", "F039", "an order that is fetched is told to be on its way";
    PlaceholderLeft = "placeholder-left", "F040", "a template's placeholder is left in the message";
    LostMessageForgotten = "lost-message-forgotten", "F041", "a message that could not be sent counts as sent";
    WindowIgnored = "window-ignored", "F041", "free text is sent outside the 24-hour window";
    DeduplicationByTime = "deduplication-by-time", "F043", "the deduplication id holds the time";
    GroupIsTenant = "group-is-tenant", "F044", "all of a tenant's messages are one group";
    NeverReachesTheStore = "never-reaches-the-store", "F046", "a message to the store is dropped, and its sender told that all is well";
    SplitTransaction = "split-transaction", "F047", "what belongs together is written one after the other, and the rest may be lost";
    CancelNotTold = "cancel-not-told", "F047", "the store is not told that an order is off";
    NoDeadline = "no-deadline", "F049", "the store is asked without a deadline";
    UtcDay = "utc-day", "F055", "money is booked on the day that it is in Greenwich";
    ShortIds = "short-ids", "F050", "ids have four bits";
    ForeignConfig = "foreign-config", "F051", "a store's rules are read from another tenant";
    ForeignOrder = "foreign-order", "F052", "an order is written under another tenant's key";
    CheckoutForgotten = "checkout-forgotten", "F053", "the same checkout is an order each time";
    AnotherBodyTaken = "another-body-taken", "F053", "another body under the same checkout id is taken";
    SameNumberTwice = "same-number-twice", "F050", "two orders of a store have one number";
    PersonInError = "person-in-error", "F056", "an error names a person's address";
    AlwaysUnconfirmed = "always-unconfirmed", "F060", "whoever called it off, the restaurant could not confirm";
    ConfirmedCardKept = "confirmed-card-kept", "F061", "a card's money goes back only after it has arrived";
    RefundAskedUnread = "refund-asked-unread", "F062", "a refund is asked for again without reading what became of it";
    PixHeldIsPaid = "pix-held-is-paid", "F066", "a PIX that the bank holds counts as money";
    UnknownChargeFails = "unknown-charge-fails", "F063", "an event of a foreign charge is an error to the provider";
    FailureIsTaken = "failure-is-taken", "F064", "an event that could not be carried out is answered with 200";
    ChargebackIgnored = "chargeback-ignored", "F065", "a chargeback is no news";
    OverdueIsFailed = "overdue-is-failed", "F067", "a charge whose due date passed counts as failed";
    CreatesWithoutLooking = "creates-without-looking", "F068", "a charge is made without looking for the one before";
    SandboxByDefault = "sandbox-by-default", "F069", "charges are made in the sandbox";
    ChargesNothing = "charges-nothing", "F071", "a charge of nothing is made";
    NoReference = "no-reference", "F072", "a charge does not name its order";
    BlockedUnseen = "blocked-unseen", "F073", "a refund that the account cannot pay looks like one that is under way";
    RefundedAtOnce = "refunded-at-once", "F074", "REFUNDED is what was asked for, not what happened";
    RefundsWrongAmount = "refunds-wrong-amount", "F075", "another amount goes back than came in";
    AmountNotCompared = "amount-not-compared", "F076", "any amount pays for the order";
    EventsBelieved = "events-believed", "F082", "what an event says is not read at the provider";
    TokenNotChecked = "token-not-checked", "F077", "anybody may send the provider's events";
    NoCpf = "no-cpf", "F080", "an online order is taken without a CPF";
    WrongAccount = "wrong-account", "F079", "charges are made on another tenant's account";
    WrongQueue = "wrong-queue", "F094", "orders go to the first tenant's store";
    WrongSender = "wrong-sender", "F105", "customers are written to from the first tenant's number";
    TenantBySender = "tenant-by-sender", "F105", "who is written to is not asked";
    FirstStoresQueue = "first-stores-queue", "F094", "orders go to their tenant's first store";
    FirstStoresNumber = "first-stores-number", "F105", "customers are written to from their tenant's first number";
    FirstStoresRules = "first-stores-rules", "F051", "a store's rules are read from its tenant's first store";
    FirstStoresMenu = "first-stores-menu", "F051", "a store sells by the menu of its tenant's first store";
    AnyStoreDecides = "any-store-decides", "F094", "whatever store of a tenant speaks of an order is heard";
    OldPrices = "old-prices", "F103", "orders cost what they cost last year";
    AcknowledgedNotStored = "acknowledged-not-stored", "F047", "a write in twenty is acknowledged and not done";
    OrderNeverStarted = "order-never-started", "F001", "an order is taken and nothing carries it out";
    EvidenceOverwritten = "evidence-overwritten", "F026", "the last event about a charge is all that is known of it";
    NewsAtTheEndLost = "news-at-the-end-lost", "F017", "what was heard while an order ended is not followed";
    RefundOfNothing = "refund-of-nothing", "ours", "what was never paid is owed";
    PaymentIsSurplus = "payment-is-surplus", "ours", "an order's own payment goes back as if it were a second one";
    NoClaim = "no-claim", "ours", "two may send one message at the same time";
    NoLookUp = "no-look-up", "ours", "a message whose answer was lost is sent again unseen";
    RefundRecordedByWaiterOnly = "refund-recorded-by-waiter-only", "ours", "a refund that ends when nobody waits any more is not recorded";
    RefundProvesWhatWasAsked = "refund-proves-what-was-asked", "ours", "a refund's event proves that what was asked came in";
    ChargeFoundUntold = "charge-found-untold", "ours", "whoever finds the charge entered does not say how it is paid";
    CodeOfBefore = "code-of-before", "ours", "the PIX code of an attempt before is told again";
    GivesUpAtOnce = "gives-up-at-once", "ours", "a provider that is away for a moment has refused the charge";
    FirstLineOnly = "first-line-only", "ours", "the store is told the first line of an order";
    FailureUnseen = "failure-unseen", "ours", "a message that failed is nobody's business";
    DeliveredUncounted = "delivered-uncounted", "ours", "an order is counted when it is completed, and not when it is delivered";
    PointsTwice = "points-twice", "F090", "an order brings its points when it is delivered and when it is completed";
    BlockedByAnything = "blocked-by-anything", "ours", "whatever comes of asking for a refund is called a lack of balance";
    BlockedForEver = "blocked-for-ever", "ours", "the alarm of a refund that the balance did not cover stays when the money is back";
    NoNewsUnseen = "no-news-unseen", "ours", "an order of which nothing more is heard comes before nobody";
    CancelSaidOnce = "cancel-said-once", "ours", "a cancel that was left half done is not finished when it is said again";
}

/// A fault of either list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnyFault {
    /// Of orders and money.
    Order(Fault),
    /// Of customers and talks.
    Customer(CustomerFault),
}

impl From<Fault> for AnyFault {
    fn from(fault: Fault) -> Self {
        Self::Order(fault)
    }
}

impl From<CustomerFault> for AnyFault {
    fn from(fault: CustomerFault) -> Self {
        Self::Customer(fault)
    }
}

impl AnyFault {
    /// Every fault of both lists.
    pub fn all() -> impl Iterator<Item = Self> {
        let orders = Fault::ALL.iter().copied().map(Self::from);
        orders.chain(CustomerFault::ALL.iter().copied().map(Self::from))
    }

    /// As the command line names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Order(fault) => fault.as_str(),
            Self::Customer(fault) => fault.as_str(),
        }
    }

    /// Where it was made: a number of the list of the reference code's faults, or `ours`.
    #[must_use]
    pub fn origin(self) -> &'static str {
        match self {
            Self::Order(fault) => fault.origin(),
            Self::Customer(fault) => fault.origin(),
        }
    }

    /// What is wrong with it.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Order(fault) => fault.says(),
            Self::Customer(fault) => fault.says(),
        }
    }
}

#[cfg(feature = "planted-faults")]
thread_local! {
    static CHOSEN: std::cell::Cell<Option<AnyFault>> = const { std::cell::Cell::new(None) };
}

/// Whether this fault is put back, in this thread.
#[cfg(feature = "planted-faults")]
#[must_use]
pub fn planted(fault: impl Into<AnyFault> + Copy) -> bool {
    CHOSEN.get() == Some(fault.into())
}

/// Whether this fault is put back: never, in this build.
#[cfg(not(feature = "planted-faults"))]
#[must_use]
pub const fn planted(_: impl Into<AnyFault> + Copy) -> bool {
    false
}

/// Puts a fault back in this thread, or takes it out again.
#[cfg(feature = "planted-faults")]
pub fn plant(fault: Option<AnyFault>) {
    CHOSEN.set(fault);
}
