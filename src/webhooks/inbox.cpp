#include "webhooks/inbox.h"

#include <algorithm>
#include <limits>
#include <span>

#include "auth/sql.h"
#include "base/counting.h"
#include "base/random.h"
#include "base/strings.h"
#include "crypto/hash.h"
#include "jobs/queue.h"
#include "providers/vcs_event.h"
#include "webhooks/bundle.h"
#include "webhooks/packing.h"

namespace webhooks {
namespace {

using storage::Value;

constexpr std::size_t kReasonLimit = 1'000;
constexpr std::size_t kKeyLimit = 200;

#define DELIVERY_COLUMNS                                                                                        \
  "SELECT id, hook_id, organization_id, client_id, token_id, kind, repository_path, delivery_key, event_name, " \
  "state, reason, attempts, retries, received_at, finished_at, peer, body_size, body_digest, replays "          \
  "FROM deliveries "

bool is_secret_header(std::string_view name) {
  for (const std::string_view secret :
       {"authorization", "proxy-authorization", "cookie", "x-gitlab-token", "x-api-key"}) {
    if (base::equals_ignoring_case(name, secret)) return true;
  }
  return false;
}

// "Name: value" lines; neither part can hold a line end (the reader refuses them).
std::string headers_text(const base::Headers& headers) {
  std::string out;
  for (const auto& [name, value] : headers.fields()) {
    out += name;
    out += ": ";
    out += is_secret_header(name) ? "***" : value;
    out += '\n';
  }
  return out;
}

base::Headers headers_from(std::string_view text) {
  base::Headers headers;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos) {
      headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return headers;
}

Delivery read_delivery(const storage::Row& row) {
  Delivery out;
  out.id = row.id<DeliveryId>(0);
  out.hook = row.id<HookId>(1);
  out.organization = row.id<auth::OrganizationId>(2);
  out.client = row.id<providers::OAuthClientId>(3);
  out.token = row.id<providers::OAuthTokenId>(4);
  out.kind = row.text(5);
  out.repository_path = row.text(6);
  out.key = row.text(7);
  out.event_name = row.text(8);
  out.state = delivery_state_from(row.text(9)).value_or(DeliveryState::kFailed);
  out.reason = row.text(10);
  out.attempts = row.integer(11);
  out.retries = row.integer(12);
  out.received_at = row.time(13);
  out.finished_at = row.optional_time(14);
  out.peer = row.text(15);
  out.body_size = row.integer(16);
  out.body_digest = row.text(17);
  out.replays = row.integer(18);
  return out;
}

std::string digest_of(std::string_view body) { return base::to_hex(crypto::sha256(body)); }

// The time in front, in digits that sort as text: neighbours in time are neighbours in the index, so that it grows at
// its end and a batch of deliveries touches one page of it, not one each.
DeliveryId new_id(base::Time now) {
  static constexpr std::string_view kDigits = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::string text(16, '1');
  auto rest = std::max<std::int64_t>(base::to_millis(now), 0);
  for (std::size_t place = 8; place-- > 0; rest /= 58) text[place] = kDigits[static_cast<std::size_t>(rest % 58)];
  text.replace(8, 8, base::random_base58(8));
  return DeliveryId(std::string(DeliveryTag::kPrefix) + "-" + text);
}

// Providers that name no delivery send the same bytes again when they repeat one. A name that is no text for a
// database is told apart by its digest.
std::string key_of(const Incoming& incoming) {
  if (incoming.key.empty()) return "sha256:" + digest_of(*incoming.body);
  if (base::printable(incoming.key, kKeyLimit) == incoming.key) return incoming.key;
  return "name:" + base::to_hex(crypto::sha256(incoming.key));
}

// Places in PreparedDelivery::values.
constexpr std::size_t kIdAt = 0, kOrganizationAt = 1, kHookAt = 2, kTokenAt = 4, kPathAt = 6, kKeyAt = 7, kStateAt = 9,
                      kReasonAt = 10, kFinishedAt = 12, kSizeAt = 14, kDigestAt = 15, kBodyAt = 17, kPackingAt = 18;

const std::string& text(const PreparedDelivery& prepared, std::size_t place) {
  return std::get<std::string>(prepared.values[place].get());
}
std::int64_t integer(const PreparedDelivery& prepared, std::size_t place) {
  return std::get<std::int64_t>(prepared.values[place].get());
}

base::Result<std::string> body_of(const PreparedDelivery& prepared) {
  auto body = unpack(static_cast<Packing>(integer(prepared, kPackingAt)),
                     std::get<storage::Blob>(prepared.values[kBodyAt].get()).bytes,
                     static_cast<std::size_t>(integer(prepared, kSizeAt)));
  if (!body) return base::internal("the bytes of delivery " + text(prepared, kIdAt) + " are damaged");
  return *std::move(body);
}

base::Result<bool> insert(storage::Transaction& transaction, const std::vector<Value>& values) {
  ASSIGN_OR_RETURN(
      const auto inserted,
      transaction.execute("INSERT INTO deliveries (id, organization_id, hook_id, client_id, token_id, kind, "
                          "repository_path, delivery_key, event_name, state, reason, attempts, retries, received_at, "
                          "finished_at, peer, body_size, body_digest, headers, body, packing) VALUES ($1, $2, $3, $4, "
                          "$5, $6, $7, $8, $9, $10, $11, 0, 0, $12, $13, $14, $15, $16, $17, $18, $19) "
                          "ON CONFLICT (hook_id, delivery_key) DO NOTHING",
                          std::span<const Value>(values)));
  return inserted == 1;
}

base::Status raise_alarm(storage::Transaction& transaction, const base::Clock& clock, const PreparedDelivery& prepared,
                         const std::string& reason) {
  const auto& path = text(prepared, kPathAt);
  providers::VcsEvent event;
  event.organization = auth::OrganizationId(text(prepared, kOrganizationAt));
  event.token = providers::OAuthTokenId(text(prepared, kTokenAt));
  event.level = providers::VcsEvent::Level::kError;
  event.message = "A delivery for " + path + " came with " + reason;
  event.suggested_action = "Compare the two deliveries; nothing was started for the second one.";
  event.repository_path = path;
  return providers::record_event(transaction, clock, event);
}

base::Result<Stored> store_again(storage::Transaction& transaction, const base::Clock& clock,
                                 const PreparedDelivery& prepared) {
  const auto& key = text(prepared, kKeyAt);
  ASSIGN_OR_RETURN(const auto first,
                   transaction.find("SELECT id FROM deliveries WHERE hook_id = $1 AND delivery_key = $2",
                                    {text(prepared, kHookAt), key}));
  if (!first) return base::unavailable("the delivery is being stored by another request");
  ASSIGN_OR_RETURN(const auto bytes, delivery_bytes(transaction, first->id<DeliveryId>(0)));
  ASSIGN_OR_RETURN(const auto body, body_of(prepared));
  if (bytes && bytes->body == body) return Stored::kDuplicate;
  const std::string reason = "the same delivery id as " + first->text(0) + ", with another body";
  auto values = prepared.values;
  values[kIdAt] = Value(new_id(clock.now()));
  const auto digest = digest_of(body);
  values[kKeyAt] = Value(key + "#" + digest);
  values[kDigestAt] = Value(digest);
  values[kStateAt] = Value(delivery_state_name(DeliveryState::kParked));
  values[kReasonAt] = Value(reason);
  values[kFinishedAt] = Value(clock.now());
  ASSIGN_OR_RETURN(const bool inserted, insert(transaction, values));
  if (inserted) RETURN_IF_ERROR(raise_alarm(transaction, clock, prepared, reason));
  return Stored::kConflict;
}

}  // namespace

const char* delivery_state_name(DeliveryState state) {
  switch (state) {
    case DeliveryState::kReceived: return "received";
    case DeliveryState::kDone: return "done";
    case DeliveryState::kIgnored: return "ignored";
    case DeliveryState::kParked: return "parked";
    case DeliveryState::kFailed: return "failed";
  }
  return "failed";
}

std::optional<DeliveryState> delivery_state_from(std::string_view name) {
  for (const auto state : {DeliveryState::kReceived, DeliveryState::kDone, DeliveryState::kIgnored,
                           DeliveryState::kParked, DeliveryState::kFailed}) {
    if (name == delivery_state_name(state)) return state;
  }
  return std::nullopt;
}

std::string_view PreparedDelivery::id() const { return text(*this, kIdAt); }
std::string_view PreparedDelivery::organization() const { return text(*this, kOrganizationAt); }
bool PreparedDelivery::is_open() const {
  return text(*this, kStateAt) == delivery_state_name(DeliveryState::kReceived);
}

PreparedDelivery prepare_delivery(base::Time now, const KnownHook& hook, const Incoming& incoming) {
  PreparedDelivery out;
  const DeliveryId id = new_id(now);
  const std::string key = key_of(incoming);
  auto& values = out.values;
  values.reserve(PreparedDelivery::kColumns);
  for (const std::string* text : std::initializer_list<const std::string*>{
           &id.str(), &hook.organization.str(), &hook.id.str(), &hook.client.str(), &hook.token.str(), &hook.kind->name,
           &hook.repository_path, &key}) {
    values.emplace_back(*text);
  }
  values.emplace_back(base::printable(incoming.event_name, kKeyLimit));
  values.emplace_back(delivery_state_name(hook.accepting ? DeliveryState::kReceived : DeliveryState::kIgnored));
  values.emplace_back(hook.accepting ? "" : "this webhook is not in use any more");
  values.emplace_back(now);
  if (hook.accepting) {
    values.emplace_back(nullptr);
  } else {
    values.emplace_back(now);
  }
  values.emplace_back(incoming.peer);
  values.emplace_back(static_cast<std::int64_t>(incoming.body->size()));
  values.emplace_back(hook.accepting ? "" : digest_of(*incoming.body));  // worked out with the rest of the work
  values.emplace_back(storage::Blob{headers_text(*incoming.headers)});
  auto packed = pack(*incoming.body);
  values.emplace_back(storage::Blob{std::move(packed.bytes)});
  values.emplace_back(static_cast<int>(packed.packing));
  return out;
}

base::Result<Stored> store_delivery(storage::Transaction& transaction, const base::Clock& clock,
                                    const PreparedDelivery& prepared) {
  ASSIGN_OR_RETURN(const bool inserted, insert(transaction, prepared.values));
  if (!inserted) return store_again(transaction, clock, prepared);
  return Stored::kNew;
}

base::Status enqueue_work(storage::Transaction& transaction, const PreparedDelivery& prepared) {
  return prepared.is_open() ? enqueue_work(transaction, DeliveryId(std::string(prepared.id()))) : base::Status();
}

base::Status enqueue_work(storage::Transaction& transaction, const DeliveryId& delivery) {
  return jobs::enqueue(transaction, {"delivery.process", delivery.str(), delivery.str(), {}});
}

base::Result<std::optional<Delivery>> find_delivery(storage::Connection& connection, const DeliveryId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(DELIVERY_COLUMNS "WHERE id = $1", {id}));
  return row ? std::optional(read_delivery(*row)) : std::nullopt;
}

base::Result<std::optional<DeliveryBytes>> delivery_bytes(storage::Connection& connection, const DeliveryId& id) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT headers, body, packing, body_size FROM deliveries WHERE id = $1", {id}));
  if (!row) return std::optional<DeliveryBytes>();
  auto body = unpack(static_cast<Packing>(row->integer(2)), row->blob(1), static_cast<std::size_t>(row->integer(3)));
  if (!body) return base::internal("the stored bytes of delivery " + id.str() + " are damaged");
  return std::optional(DeliveryBytes{headers_from(row->blob(0)), *std::move(body)});
}

namespace {

#define DELIVERY_FILTER                                                                           \
  "WHERE organization_id = $1 AND state IN ($2, $3, $4, $5, $6) AND ($7 = '' OR client_id = $7) " \
  "AND ($8 = '' OR repository_path = $8) AND received_at >= $9 AND received_at <= $10 "           \
  "AND ($11 = '' OR id = $11 OR lower(repository_path) LIKE $12 ESCAPE '\\' "                     \
  "OR lower(event_name) LIKE $12 ESCAPE '\\' OR lower(reason) LIKE $12 ESCAPE '\\') "

// What a filter leaves may be rare: each lead has its own index, so that nobody reads a hundred thousand rows for one.
struct Statements {
  std::string_view count, rows;
};
#define DELIVERY_STATEMENTS(lead)                                                                       \
  {                                                                                                     \
    "SELECT COUNT(*) FROM (SELECT 1 FROM deliveries " DELIVERY_FILTER lead "LIMIT $13) AS counted",     \
        DELIVERY_COLUMNS DELIVERY_FILTER lead "ORDER BY received_at DESC, id DESC LIMIT $13 OFFSET $14" \
  }
constexpr Statements kOfAll = DELIVERY_STATEMENTS("");
constexpr Statements kOfRepository = DELIVERY_STATEMENTS("AND repository_path = $8 ");
constexpr Statements kOfClient = DELIVERY_STATEMENTS("AND client_id = $7 ");
constexpr Statements kOfFailures = DELIVERY_STATEMENTS("AND state IN ('failed', 'parked') ");

bool asks_for(const DeliveryFilter& filter, DeliveryState state) {
  return std::find(filter.states.begin(), filter.states.end(), state) != filter.states.end();
}

const Statements& statements_for(const DeliveryFilter& filter) {
  if (!filter.repository.empty()) return kOfRepository;
  if (!filter.client.empty()) return kOfClient;
  const bool others = asks_for(filter, DeliveryState::kReceived) || asks_for(filter, DeliveryState::kDone) ||
                      asks_for(filter, DeliveryState::kIgnored);
  return filter.states.empty() || others ? kOfAll : kOfFailures;
}

bool takes_all(const DeliveryFilter& filter) {
  return filter.states.empty() && filter.client.empty() && filter.repository.empty() && filter.search.empty() &&
         !filter.from && !filter.to;
}

struct Range {
  base::Time from, to;
};
// A search reads rows, not only the index: it goes back so far and no further.
base::Result<Range> searched_range(storage::Connection& connection, const DeliveryFilter& filter) {
  Range range{filter.from.value_or(base::from_millis(0)),
              filter.to.value_or(base::from_millis(std::numeric_limits<std::int64_t>::max()))};
  if (filter.search.empty()) return range;
  ASSIGN_OR_RETURN(
      const auto oldest,
      connection.find("SELECT received_at FROM deliveries WHERE organization_id = $1 AND received_at >= $2 "
                      "AND received_at <= $3 ORDER BY received_at DESC, id DESC LIMIT 1 OFFSET $4",
                      {filter.organization, range.from, range.to, DeliveryFilter::kSearched - 1}));
  if (oldest) range.from = oldest->time(0);
  return range;
}

}  // namespace

base::Result<base::Page<Delivery>> list_deliveries(storage::Connection& connection, const DeliveryFilter& filter,
                                                   const base::PageRequest& page) {
  const auto wanted = [&](DeliveryState state) {
    return Value(filter.states.empty() || asks_for(filter, state) ? delivery_state_name(state) : "");
  };
  std::vector<Value> values = {Value(filter.organization),     wanted(DeliveryState::kReceived),
                               wanted(DeliveryState::kDone),   wanted(DeliveryState::kIgnored),
                               wanted(DeliveryState::kParked), wanted(DeliveryState::kFailed),
                               Value(filter.client),           Value(filter.repository)};
  ASSIGN_OR_RETURN(const auto range, searched_range(connection, filter));
  values.emplace_back(range.from);
  values.emplace_back(range.to);
  values.emplace_back(filter.search);
  values.emplace_back(auth::contains_pattern(base::to_lower(filter.search)));
  base::Page<Delivery> out;
  out.request = page;
  values.emplace_back(base::count_limit(page, filter.counted));
  const auto& statements = statements_for(filter);
  ASSIGN_OR_RETURN(const auto counted, connection.query(statements.count, std::span<const Value>(values)));
  out.total = counted.front().integer(0);
  if (takes_all(filter)) {
    ASSIGN_OR_RETURN(const auto more, arriving(connection, filter.organization));
    out.total += more;
  }
  values.pop_back();
  values.emplace_back(page.size);
  values.emplace_back(page.offset());
  ASSIGN_OR_RETURN(const auto rows, connection.query(statements.rows, std::span<const Value>(values)));
  for (const auto& row : rows) out.items.push_back(read_delivery(row));
  return out;
}

base::Result<bool> finish_delivery(storage::Transaction& transaction, const base::Clock& clock, const DeliveryId& id,
                                   DeliveryState state, std::string_view reason) {
  ASSIGN_OR_RETURN(const auto bytes, delivery_bytes(transaction, id));
  if (!bytes) return false;
  ASSIGN_OR_RETURN(
      const auto changed,
      transaction.execute("UPDATE deliveries SET state = $2, reason = $3, finished_at = $4, body_digest = $6, "
                          "attempts = attempts + 1 WHERE id = $1 AND state = $5",
                          {id, delivery_state_name(state), base::printable(reason, kReasonLimit), clock.now(),
                           delivery_state_name(DeliveryState::kReceived), digest_of(bytes->body)}));
  return changed == 1;
}

base::Status mark_done(storage::Transaction& transaction, const base::Clock& clock, const DeliveryId& delivery,
                       std::string_view summary) {
  ASSIGN_OR_RETURN(const bool finished, finish_delivery(transaction, clock, delivery, DeliveryState::kDone, summary));
  if (!finished) return base::conflict("the delivery is not open any more");
  return {};
}

base::Status note_retry(storage::Transaction& transaction, const DeliveryId& id, std::string_view reason) {
  auto noted = transaction.execute(
      "UPDATE deliveries SET reason = $2, attempts = attempts + 1, retries = retries + 1 WHERE id = $1 AND state = $3",
      {id, base::printable(reason, kReasonLimit), delivery_state_name(DeliveryState::kReceived)});
  if (!noted) return std::move(noted).error();
  return {};
}

}  // namespace webhooks
