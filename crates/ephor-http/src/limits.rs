//! How much the edge takes in: every limit of `security.md` section 5 that is about HTTP, in one place.
//!
//! The server loop uses the ones about connections; requests are held to the others here.

use std::time::Duration;

/// The longest request line, and so the longest path with its query.
pub const REQUEST_LINE_BYTES_MAX: usize = 8 * 1024;
/// All headers together.
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
/// How many headers.
pub const HEADERS_MAX: usize = 100;
/// The largest body.
pub const BODY_BYTES_MAX: usize = 1024 * 1024;
/// How long a client may take to send its headers.
pub const HEADER_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a connection may lie idle.
pub const IDLE_TIME_MAX: Duration = Duration::from_secs(60);
/// How long a request may take from its first byte to its answer.
pub const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);
/// How many connections at once.
pub const CONNECTIONS_MAX: usize = 10_000;
/// How many connections at once from one address that is neither loopback nor a trusted proxy.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 200;
/// How many streams at once on one HTTP/2 connection.
pub const HTTP2_STREAMS_MAX: u32 = 100;

/// How deep a JSON body may be nested.
pub(crate) const JSON_DEPTH_MAX: u32 = 32;
/// How many values a JSON body may hold in all.
pub(crate) const JSON_NODES_MAX: u32 = 10_000;
/// How many values an array may hold.
pub(crate) const JSON_ARRAY_MAX: usize = 1_000;
/// How many bytes a text may have.
pub(crate) const JSON_TEXT_BYTES_MAX: usize = 64 * 1024;
/// The largest whole number, either way: beyond it JavaScript's numbers are not exact.
pub(crate) const JSON_INTEGER_MAX: i64 = 1 << 53;

/// The longest `$filter`, decoded.
pub(crate) const FILTER_BYTES_MAX: usize = 2 * 1024;
/// How many comparisons, functions and joining words a `$filter` may hold.
pub(crate) const FILTER_NODES_MAX: u32 = 50;
/// How deep brackets and `not` may be nested.
pub(crate) const FILTER_DEPTH_MAX: u32 = 8;
/// How many values `in` may list.
pub(crate) const FILTER_IN_MAX: usize = 20;
/// How deep `$expand` may be nested.
pub(crate) const EXPAND_DEPTH_MAX: u32 = 2;
/// How many navigation properties `$expand` may name in all.
pub(crate) const EXPAND_MAX: usize = 5;
/// How many properties `$orderby` may name.
pub(crate) const ORDER_MAX: usize = 3;
/// How many properties `$select` may name.
pub(crate) const SELECT_MAX: usize = 50;
/// The longest `$skiptoken`.
pub(crate) const SKIP_TOKEN_BYTES_MAX: usize = 1024;
/// How far `$skip` may reach.
pub(crate) const SKIP_MAX: u32 = 1_000_000;

/// The longest `Idempotency-Key`.
pub(crate) const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
/// How many `client-request-id`s are remembered with what came under them.
pub(crate) const CORRELATIONS_MAX: usize = 20_000;
/// How many requests a batch may hold.
pub(crate) const BATCH_MAX: usize = 20;
/// How many activations, or groups to be managed, one call may ask for.
pub(crate) const TOGETHER_MAX: usize = 20;

/// The longest access token.
pub(crate) const TOKEN_BYTES_MAX: usize = 8 * 1024;
/// How many password hashes may wait for their turn.
pub(crate) const HASH_QUEUE_MAX: usize = 64;
