#include "auth/idempotency.h"

#include <algorithm>

#include "api/api.h"
#include "auth/audit_log.h"
#include "base/strings.h"
#include "crypto/hash.h"

namespace auth {
namespace {

constexpr const char* kHeader = "Idempotency-Key";
constexpr std::size_t kLongest = 255;

struct Kept {
  std::string fingerprint;
  int status = 0;  // 0: under way
  std::string content_type, body;
};

std::string owner_of(const Principal& caller) { return caller.token.empty() ? actor_id(caller) : caller.token.str(); }

std::string fingerprint_of(const http::Request& request) {
  return base::to_hex(crypto::sha256(request.target + "\n" + request.body));
}

base::Result<std::string> key_in(const http::Request& request) {
  const std::string key(request.headers.get_or(kHeader));
  const bool good = request.headers.count(kHeader) == 1 && !key.empty() && key.size() <= kLongest &&
                    std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!good) return base::malformed("Idempotency-Key must be one text of 1 to 255 visible ASCII characters.");
  const auto is_about = [&](std::string_view what) { return request.path.find(what) != std::string::npos; };
  if (is_about("/authentication-token") || is_about("/account/totp") || is_about("/actions/invite")) {
    return base::malformed(
        "The answer to this call is a secret that is shown once and kept nowhere: leave "
        "Idempotency-Key out.");
  }
  return key;
}

// Nothing: the request is ours to do.
base::Result<std::optional<Kept>> begin(storage::Transaction& transaction, base::Time now, const std::string& owner,
                                        const std::string& key, const std::string& fingerprint) {
  RETURN_IF_ERROR(
      transaction.execute("DELETE FROM kept_answers WHERE created_at < $1 OR (status = 0 AND created_at < $2)",
                          {now - Idempotency::kKeep, now - Idempotency::kGivenUp}));
  ASSIGN_OR_RETURN(
      const auto inserted,
      transaction.execute("INSERT INTO kept_answers (owner, request_key, fingerprint, status, content_type, "
                          "body, created_at) VALUES ($1, $2, $3, 0, '', '', $4) "
                          "ON CONFLICT (owner, request_key) DO NOTHING",
                          {owner, key, fingerprint, now}));
  if (inserted == 1) return std::optional<Kept>();
  ASSIGN_OR_RETURN(const auto row,
                   transaction.find("SELECT fingerprint, status, content_type, body FROM kept_answers WHERE owner = $1 "
                                    "AND request_key = $2",
                                    {owner, key}));
  if (!row) return base::unavailable("the request could not be looked up; send it again");
  return std::optional<Kept>(Kept{row->text(0), static_cast<int>(row->integer(1)), row->text(2), row->text(3)});
}

http::Response again(const http::Request& request, const Kept& kept, const std::string& fingerprint) {
  if (kept.fingerprint != fingerprint) {
    return api::error(request,
                      base::conflict("This Idempotency-Key was sent with another request before: a new request "
                                     "needs a new key."));
  }
  if (kept.status == 0) {
    auto busy =
        base::conflict("The first request with this Idempotency-Key is still under way: ask again in a moment.");
    busy.retry_after = base::Millis(1'000);
    return api::error(request, busy);
  }
  http::Response response{.status = kept.status};
  if (!kept.content_type.empty()) response.headers.set("Content-Type", kept.content_type);
  response.headers.set("Idempotent-Replayed", "true");
  response.body = kept.body;
  return response;
}

bool is_worth_another_try(int status) { return status >= 500 || status == 429; }

}  // namespace

bool Idempotency::asks(const http::Request& request) {
  return request.method == http::Method::kPost && request.headers.has(kHeader);
}

http::Response Idempotency::handle(const http::Request& request, const Principal& caller, const http::Handler& next) {
  HANDLE(const auto key, request, key_in(request));
  const auto owner = owner_of(caller);
  const auto fingerprint = fingerprint_of(request);
  HANDLE(const auto kept, request, database_.write([&](storage::Transaction& transaction) {
    return begin(transaction, clock_.now(), owner, key, fingerprint);
  }));
  if (kept) return again(request, *kept, fingerprint);
  http::Response response;
  try {
    response = next(request);
  } catch (...) {
    forget(owner, key);
    throw;
  }
  if (is_worth_another_try(response.status)) {
    forget(owner, key);
    return response;
  }
  // If the answer cannot be kept, the next one like it is told that this one is under way, and later tried again.
  (void)database_.write([&](storage::Transaction& transaction) {
    return transaction.execute(
        "UPDATE kept_answers SET status = $3, content_type = $4, body = $5 WHERE owner = $1 AND request_key = $2",
        {owner, key, std::int64_t{response.status}, std::string(response.headers.get_or("Content-Type")),
         response.body});
  });
  return response;
}

void Idempotency::forget(const std::string& owner, const std::string& key) {
  (void)database_.write([&](storage::Transaction& transaction) {
    return transaction.execute("DELETE FROM kept_answers WHERE owner = $1 AND request_key = $2", {owner, key});
  });
}

}  // namespace auth
