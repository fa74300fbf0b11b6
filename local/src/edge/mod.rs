//! The console port without the console, and the way in which AWS calls our code. Handlers are `tasks/`' business; this
//! carries HTTP to them and back.

mod answer;
mod functions;
mod guard;

pub(crate) use functions::Functions;
pub(crate) use guard::layer as guard;
