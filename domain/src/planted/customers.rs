//! Faults of customers and talks: those of the customer service that this product grew from (F083 to F104), and our own.

faults! {
    CustomerFault:
    CustomerEventByTime = "customer-event-by-time", "F043", "the deduplication id of a customer's event holds the time";
    AnswersUnheard = "answers-unheard", "F048", "nobody hears that a store has what it was told";
    HeardTwice = "heard-twice", "F053", "a message that comes again is one more message";
    OutageIsNobody = "outage-is-nobody", "F057", "who cannot be looked up is taken for a stranger";
    NameInError = "name-in-error", "F056", "an error names the person who is to be registered";
    ForeignCustomer = "foreign-customer", "F083", "a customer is looked up among another tenant's";
    NoEmailNoRecord = "no-email-no-record", "F084", "a record without an e-mail is refused by the table";
    UnknownIsKnown = "unknown-is-known", "F085", "who is not found is taken for somebody who is known";
    PhoneByIndex = "phone-by-index", "F086", "a phone is looked up in an index that lags, and its key written without a condition";
    EveryField = "every-field", "F087", "an update changes the points too";
    OverdraftHidden = "overdraft-hidden", "F089", "who uses more points than there are has none left";
    PointsWithoutLine = "points-without-line", "F089", "points change without a line in the ledger";
    CustomerUnconditional = "customer-unconditional", "F089", "a customer is written over whatever was changed meanwhile";
    DoneAgain = "done-again", "F090", "an operation that is repeated is done again";
    EventsSwallowed = "events-swallowed", "F091", "a customer's events are lost on their way, and nobody is told";
    EmptyUpdate = "empty-update", "F092", "an update that changes nothing is an error";
    BareId = "bare-id", "F093", "a customer is read by an id without a tenant";
    FirstStoreHears = "first-store-hears", "F094", "the first store hears of every customer";
    NoDefaultAddress = "no-default-address", "F095", "a first address is not the default";
    AddressByPlace = "address-by-place", "F095", "an address that is to go is found by its place";
    AddressLost = "address-lost", "F096", "the address that was said is not registered";
    AddressWithoutId = "address-without-id", "F097", "an address that was added has no id";
    PhoneAsTyped = "phone-as-typed", "F100", "a phone of eight digits is another phone than the same with its ninth";
    ReplyRewritten = "reply-rewritten", "F100", "who writes from an old id is answered at the number with its ninth digit";
    ConsentPromised = "consent-promised", "F104", "a consent is answered and not written down";
    ErasureLeavesMessages = "erasure-leaves-messages", "F104", "an erasure leaves what was said to the customer";
    ErasureLeavesTalks = "erasure-leaves-talks", "F104", "an erasure leaves what the customer said";
    ErasureLeavesKeys = "erasure-leaves-keys", "F104", "an erasure leaves the keys of the customer's addresses";
    WithdrawalAsConsent = "withdrawal-as-consent", "F104", "who takes a consent back is written down as having given it";
    ErasureLeavesOrders = "erasure-leaves-orders", "F104", "an erasure leaves the names in orders";
    TalkFailureUnseen = "talk-failure-unseen", "ours", "a message that the channel did not deliver is shown to nobody";
    LedgerNamesCustomer = "ledger-names-customer", "F104", "a line of the points' ledger names the customer";
    NoProof = "no-proof", "ours", "an operation that changed nothing leaves no proof, and may be done later after all";
    ErasedFilledAgain = "erased-filled-again", "ours", "a store adds to the record of a customer who was erased";
    LinkUntold = "link-untold", "ours", "a second address that a crash left untold is never told";
}
