#include "webhooks/receiver.h"

#include "api/api.h"
#include "base/strings.h"
#include "webhooks/hook_store.h"
#include "webhooks/inbox.h"

namespace webhooks {
namespace {

constexpr base::Millis kRetryAfter{5'000};
constexpr base::Millis kCountEvery{10'000};  // forged requests must not become writes of their own number

// GitHub can send a body as a form; the hooks we install ask for JSON.
bool is_form(const base::Headers& headers) {
  const auto type = base::to_lower(base::trim(base::split(std::string(headers.get_or("Content-Type")), ';').front()));
  return type == "application/x-www-form-urlencoded" || type == "multipart/form-data";
}

bool is_ping(std::string_view event_name) { return event_name == "ping" || event_name.ends_with(":ping"); }

// By the hook's secret, or by the one before it while that counts.
base::Result<vcs::Verified> prove(const KnownHook& hook, const http::Request& request, base::Time now) {
  auto verified = hook.kind->verify_delivery(request.headers, request.body, hook.secret);
  if (verified || verified.error().code != base::Code::kUnauthorized || hook.former_secret.empty()) return verified;
  if (hook.former_secret_until && *hook.former_secret_until <= now) return verified;
  return hook.kind->verify_delivery(request.headers, request.body, hook.former_secret);
}

http::Response not_stored(const http::Request& request, const base::Error& cause) {
  auto error = base::unavailable("the delivery could not be stored; send it again", cause.message + " " + cause.detail);
  error.retry_after = kRetryAfter;
  return api::error(request, error);
}

}  // namespace

http::Response Receiver::receive(const http::Request& request) {
  auto hook = cache_.find(request.param("hook_uuid"));
  if (!hook) return not_stored(request, hook.error());
  if (!*hook) return api::error(request, base::not_found("not found"));
  if (is_form(request.headers)) {
    return api::error(request, {base::Code::kUnsupported, "this webhook takes application/json, not a form"});
  }
  auto verified = prove(**hook, request, clock_.now());
  if (!verified) {
    // Another process may have changed the secret since the hook was looked up.
    auto again = cache_.find_again(request.param("hook_uuid"));
    if (again && *again && *again != *hook) {
      hook = std::move(again);
      verified = prove(**hook, request, clock_.now());
    }
  }
  if (!verified) {
    count_rejected((*hook)->id);
    return api::error(request, verified.error());
  }
  return store(request, *hook, *verified);
}

http::Response Receiver::store(const http::Request& request, std::shared_ptr<const KnownHook> hook,
                               const vcs::Verified& verified) {
  Incoming incoming;
  // What anybody could have sent is kept once, so that it cannot fill the disk.
  incoming.key = verified.is_signed ? verified.delivery_id : "unsigned test";
  incoming.event_name = verified.event_name;
  incoming.peer = request.peer;
  incoming.headers = &request.headers;
  incoming.body = &request.body;
  const auto entry = std::make_shared<InboxWriter::Entry>();
  entry->prepared = prepare_delivery(clock_.now(), *hook, incoming);
  const int status = is_ping(verified.event_name) ? 200 : 202;
  http::Response response;
  response.later = [this, &request, entry, status](http::Completion completion) {
    const auto answer = std::make_shared<http::Completion>(std::move(completion));
    entry->done = [this, &request, answer, status](const base::Result<Stored>& stored) {
      if (!stored) return (*answer)(refusal(request, stored.error()));
      (*answer)({.status = *stored == Stored::kNew ? status : 200});
    };
    inbox_.add(std::move(*entry));
  };
  return response;
}

http::Response Receiver::refusal(const http::Request& request, const base::Error& cause) {
  // Another process may have deleted the hook's organization since it was looked up.
  cache_.forget(request.param("hook_uuid"));
  const auto now = cache_.find(request.param("hook_uuid"));
  if (now && !*now) return api::error(request, base::not_found("not found"));
  return not_stored(request, cause);
}

void Receiver::count_rejected(const HookId& hook) {
  const auto now = clock_.steady();
  const auto due = rejected_.with([&](auto& all) -> std::int64_t {
    auto& one = all[hook];
    ++one.count;
    if (one.ever_stored && now - one.stored < kCountEvery) return 0;
    one.ever_stored = true;
    one.stored = now;
    return std::exchange(one.count, 0);
  });
  if (due == 0) return;
  // Best effort: a lost count changes nothing that was promised.
  (void)database_.write([&](storage::Transaction& transaction) { return store::add_rejected(transaction, hook, due); });
}

void Receiver::add_routes(http::Router& router) {
  router.add({http::Method::kPost, "/webhooks/vcs/:hook_uuid",
              [this](const http::Request& request) { return receive(request); }, http::Lane::kWebhook, kBodyLimit});
}

}  // namespace webhooks
