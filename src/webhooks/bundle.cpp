#include "webhooks/bundle.h"

#include <bit>
#include <cstring>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "jobs/queue.h"

namespace webhooks {
namespace {

using storage::Value;

// A value is a letter for its kind, then eight bytes of a number, or four of a length and the bytes themselves.
constexpr char kNull = 'n', kInteger = 'i', kText = 't', kBlob = 'b';

template <class Number>
void put(std::string& out, Number number) {
  static_assert(std::endian::native == std::endian::little, "bundles are little-endian on disk");
  out.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

void put(std::string& out, char kind, std::string_view bytes) {
  out += kind;
  put(out, static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
}

void put(std::string& out, const Value& value) {
  std::visit(
      [&](const auto& one) {
        using Kind = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Kind, std::nullptr_t>) {
          out += kNull;
        } else if constexpr (std::is_same_v<Kind, std::int64_t>) {
          out += kInteger;
          put(out, one);
        } else if constexpr (std::is_same_v<Kind, std::string>) {
          put(out, kText, one);
        } else {
          put(out, kBlob, one.bytes);
        }
      },
      value.get());
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  template <class Number>
  std::optional<Number> number() {
    const auto bytes = take(sizeof(Number));
    if (!bytes) return std::nullopt;
    Number out{};
    std::memcpy(&out, bytes->data(), sizeof(out));
    return out;
  }

  std::optional<Value> value() {
    const auto kind = take(1);
    if (!kind) return std::nullopt;
    if (kind->front() == kNull) return Value(nullptr);
    if (kind->front() == kInteger) {
      const auto integer = number<std::int64_t>();
      return integer ? std::optional(Value(*integer)) : std::nullopt;
    }
    const auto size = number<std::uint32_t>();
    const auto bytes = size ? take(*size) : std::nullopt;
    if (!bytes) return std::nullopt;
    if (kind->front() == kText) return Value(*bytes);
    if (kind->front() == kBlob) return Value(storage::Blob{std::string(*bytes)});
    return std::nullopt;
  }

  bool at_end() const { return rest_.empty(); }

 private:
  std::optional<std::string_view> take(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    const auto out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }

  std::string_view rest_;
};

base::Result<std::optional<std::vector<PreparedDelivery>>> read_bundle(storage::Connection& connection,
                                                                       const std::string& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT content FROM delivery_bundles WHERE id = $1", {id}));
  if (!row) return std::optional<std::vector<PreparedDelivery>>();
  ASSIGN_OR_RETURN(auto deliveries, decode(row->blob(0)));
  return std::optional(std::move(deliveries));
}

base::Status remove_bundle(storage::Transaction& transaction, const std::string& id) {
  auto removed = transaction.execute("DELETE FROM delivery_bundles WHERE id = $1", {id});
  if (!removed) return std::move(removed).error();
  return {};
}

}  // namespace

std::string encode(std::span<const PreparedDelivery* const> deliveries) {
  std::string out;
  put(out, static_cast<std::uint32_t>(deliveries.size()));
  for (const auto* delivery : deliveries) {
    for (const auto& value : delivery->values) put(out, value);
  }
  return out;
}

base::Result<std::vector<PreparedDelivery>> decode(std::string_view bytes) {
  const auto damaged = [] { return base::internal("a bundle of deliveries is damaged"); };
  Reader reader(bytes);
  const auto count = reader.number<std::uint32_t>();
  if (!count) return damaged();
  std::vector<PreparedDelivery> out;
  for (std::uint32_t index = 0; index < *count; ++index) {
    PreparedDelivery delivery;
    for (std::size_t column = 0; column < PreparedDelivery::kColumns; ++column) {
      auto value = reader.value();
      if (!value) return damaged();
      delivery.values.push_back(*std::move(value));
    }
    out.push_back(std::move(delivery));
  }
  if (!reader.at_end()) return damaged();
  return out;
}

base::Status store_bundle(storage::Transaction& transaction, std::span<const PreparedDelivery* const> deliveries) {
  const std::string id(deliveries.front()->id());
  auto stored = transaction.execute(
      "INSERT INTO delivery_bundles (id, organization_id, deliveries, content) VALUES ($1, $2, $3, $4)",
      {id, deliveries.front()->organization(), static_cast<std::int64_t>(deliveries.size()),
       storage::Blob{encode(deliveries)}});
  if (!stored) return std::move(stored).error();
  return jobs::enqueue(transaction, {"delivery.spread", id, id, {}});
}

base::Status spread_bundle(storage::Transaction& transaction, const base::Clock& clock, const std::string& id) {
  ASSIGN_OR_RETURN(const auto deliveries, read_bundle(transaction, id));
  if (!deliveries) return {};
  for (const auto& delivery : *deliveries) {
    ASSIGN_OR_RETURN(const auto stored, store_delivery(transaction, clock, delivery));
    if (stored == Stored::kNew) RETURN_IF_ERROR(enqueue_work(transaction, delivery));
  }
  return remove_bundle(transaction, id);
}

base::Status halve_bundle(storage::Transaction& transaction, const std::string& id) {
  ASSIGN_OR_RETURN(const auto deliveries, read_bundle(transaction, id));
  if (!deliveries || deliveries->size() < 2) return {};
  std::vector<const PreparedDelivery*> all;
  for (const auto& delivery : *deliveries) all.push_back(&delivery);
  const std::span halves(all);
  RETURN_IF_ERROR(remove_bundle(transaction, id));
  RETURN_IF_ERROR(store_bundle(transaction, halves.first(all.size() / 2)));
  return store_bundle(transaction, halves.subspan(all.size() / 2));
}

base::Result<std::int64_t> arriving(storage::Connection& connection, const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT COALESCE(SUM(deliveries), 0) FROM delivery_bundles WHERE organization_id = $1",
                       {organization}));
  return rows.front().integer(0);
}

}  // namespace webhooks
