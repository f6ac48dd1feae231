#include "auth/organization.h"
#include "providers/service_impl.h"

// Asking providers how they do, and the jobs of this folder.
namespace providers {
namespace {

constexpr base::Millis kErasePause{600'000};          // between looks whether a token is still in use
constexpr base::Millis kKeepAfterDelete{86'400'000};  // a deleted client's token is kept at most this long
constexpr int kVerifyAttempts = 6;                    // while a newly given token or host does not work

bool sign_in_failed(const vcs::Verification& verification) {
  for (const auto& check : verification.checks) {
    if (check.name == "sign-in" && check.state == vcs::Check::State::kFailed) return true;
  }
  return false;
}

vcs::Verification not_verified(const base::Error& error) {
  vcs::Verification verification;
  verification.checks.push_back(
      {"reach", vcs::Check::State::kFailed, error.message, "Try again; see the server's log."});
  return verification;
}

}  // namespace

base::Status Service::Impl::enqueue_verify(storage::Transaction& transaction, const OAuthTokenId& token) {
  ASSIGN_OR_RETURN(const auto access, this->access(transaction, token, false));
  // One job for each state of the client: one that is under way with the old token must not swallow the new one.
  const auto key = token.str() + ":" + std::to_string(access.revision);
  return jobs::enqueue(transaction, {"provider.verify", key, token.str(), {}});
}

base::Result<vcs::Verification> Service::Impl::verify_now(const OAuthTokenId& id) {
  ASSIGN_OR_RETURN(auto read, read_access(id, false, false));
  ASSIGN_OR_RETURN(const auto* kind, kind_of(read.access.kind));
  ASSIGN_OR_RETURN(auto config, config_of(read.access, *std::move(read.token)));
  auto asked = kind->make(std::move(config), dependencies.http)->verify();
  auto verification = asked ? *std::move(asked) : not_verified(asked.error());
  const auto now = dependencies.clock.now();
  const auto blocked_until = sign_in_failed(verification) ? now + kRefusalPause : base::from_millis(0);
  monitor->forget(id);
  RETURN_IF_ERROR(dependencies.database.write([&](storage::Transaction& transaction) {
    return store::save_verification(transaction, read.access, verification, now, blocked_until);
  }));
  return verification;
}

base::Result<OAuthClient> Service::verify(const OAuthClientId& id) {
  ASSIGN_OR_RETURN(const auto client, find(id));
  if (client.token_id.empty()) {
    return base::conflict("this provider has no token yet: give it one with oauth-token-string");
  }
  ASSIGN_OR_RETURN(const auto verification, impl_->verify_now(client.token_id));
  (void)verification;  // stored; the client as read below shows it
  return find(id);
}

jobs::Outcome Service::Impl::run_verify(const jobs::Job& job) {
  const OAuthTokenId token(job.payload);
  auto current =
      dependencies.database.read([&](storage::Connection& connection) { return access(connection, token, false); });
  const auto key = current ? token.str() + ":" + std::to_string(current->revision) : std::string();
  if (current && key != job.key) return jobs::Outcome::done();  // a later job has the newer state
  auto verification = verify_now(token);
  if (!verification) {
    const auto code = verification.error().code;
    if (code == base::Code::kNotFound || code == base::Code::kConflict) return jobs::Outcome::done();
    return jobs::Outcome::retry(verification.error().message);
  }
  if (verification->ok || job.attempt >= kVerifyAttempts) return jobs::Outcome::done();
  return jobs::Outcome::retry("the provider could not be verified", kRefusalPause + base::Millis(1'000));
}

base::Status Service::erase_if_unused(storage::Transaction& transaction, const OAuthTokenId& id) {
  ASSIGN_OR_RETURN(const auto deleted_at, store::token_deleted_at(transaction, id));
  if (!deleted_at) return {};
  return jobs::enqueue(transaction, {"provider.erase", id.str(), id.str(), {}});
}

base::Result<bool> Service::Impl::erase(storage::Transaction& transaction, const OAuthTokenId& id) {
  ASSIGN_OR_RETURN(const auto deleted_at, store::token_deleted_at(transaction, id));
  if (!deleted_at) return true;
  if (dependencies.clock.now() < *deleted_at + kKeepAfterDelete) {
    for (const auto& listener : listeners) {
      if (!listener.in_use) continue;
      ASSIGN_OR_RETURN(const bool used, listener.in_use(transaction, id));
      if (used) return false;
    }
  }
  ASSIGN_OR_RETURN(const auto access, this->access(transaction, id, true));
  if (!access.secret.empty()) RETURN_IF_ERROR(dependencies.vault.erase(transaction, access.secret));
  RETURN_IF_ERROR(store::erase_token(transaction, id));
  RETURN_IF_ERROR(store::erase_empty_client(transaction, access.client));
  for (const auto& listener : listeners) {
    if (listener.erased) RETURN_IF_ERROR(listener.erased(transaction, id));
  }
  ASSIGN_OR_RETURN(const bool others, store::has_tokens(transaction, access.organization));
  ASSIGN_OR_RETURN(const bool deleted, auth::is_deleted(transaction, access.organization));
  if (deleted && !others) RETURN_IF_ERROR(auth::delete_organization(transaction, access.organization));
  return true;
}

jobs::Outcome Service::Impl::run_erase(const jobs::Job& job) {
  const OAuthTokenId token(job.payload);
  auto erased =
      dependencies.database.write([&](storage::Transaction& transaction) { return erase(transaction, token); });
  if (!erased) return jobs::Outcome::retry(erased.error().message);
  if (!*erased) return jobs::Outcome::retry("webhooks are still being removed with this token", kErasePause);
  monitor->forget(token);
  connected.with([&](auto& all) { all.erase(token); });
  return jobs::Outcome::done();
}

void Service::register_jobs(jobs::Workers& workers) {
  jobs::WorkerOptions options;
  options.park_after = 1'000;  // these end by themselves
  workers.register_handler("provider.verify", options, [this](const jobs::Job& job) { return impl_->run_verify(job); });
  options.threads = 1;
  workers.register_handler("provider.erase", options, [this](const jobs::Job& job) { return impl_->run_erase(job); });
}

}  // namespace providers
