//! The ports of the handlers on the AWS SDK and the providers' HTTP.
