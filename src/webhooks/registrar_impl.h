#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "auth/audit.h"
#include "jobs/queue.h"
#include "jsonapi/json.h"
#include "webhooks/hook_store.h"
#include "webhooks/registrar.h"

// Private to registrar.cpp, hook_jobs.cpp and rotation.cpp.
namespace webhooks {

base::Secret new_hook_secret();

class Registrar::Impl {
 public:
  explicit Impl(Dependencies given) : dependencies(std::move(given)) {}

  std::string url_of(const std::string& uuid) const { return dependencies.webhook_base_url + "/webhooks/vcs/" + uuid; }
  Hook shown(const store::HookRow& row) const;
  void forget_on_commit(storage::Transaction& transaction, const std::string& uuid) const;

  base::Result<store::HookRow> make_hook(storage::Transaction& transaction, const providers::TokenInfo& token,
                                         const vcs::Repository& repository);
  base::Status want(storage::Transaction& transaction, const store::HookRow& row, HookStatus status,
                    const providers::OAuthTokenId& token);
  base::Status release(storage::Transaction& transaction, const HookId& hook);
  base::Status token_deleted(storage::Transaction& transaction, const providers::OAuthTokenId& token);
  base::Status token_erased(storage::Transaction& transaction, const providers::OAuthTokenId& token);
  base::Status audit(storage::Transaction& transaction, const store::HookRow& row, const std::string& action,
                     const std::string& why) const;
  // `detail` names the repository in any case.
  base::Status audit(storage::Transaction& transaction, const store::HookRow& row, const std::string& action,
                     const auth::Actor& actor, jsonapi::Json detail) const;
  base::Status erase_secrets(storage::Transaction& transaction, const store::HookRow& row);
  base::Result<bool> token_in_use(storage::Connection& connection, const providers::OAuthTokenId& token);

  // The secret of the last change but one: nobody may prove anything with it.
  base::Status forget_former_secret(storage::Transaction& transaction, const store::HookRow& row);
  base::Status end_of_overlap(storage::Transaction& transaction, const HookId& hook);
  jobs::Outcome forget_secret(const jobs::Job& job);

  // The jobs: both bring the hook at the provider to what is wanted now.
  jobs::Outcome work(const jobs::Job& job);
  jobs::Outcome install_now(const jobs::Job& job, const store::HookRow& row);
  jobs::Outcome remove_now(const jobs::Job& job, const store::HookRow& row);
  jobs::Outcome installed(const store::HookRow& row, const vcs::InstalledHook& ids);
  jobs::Outcome not_installed(const store::HookRow& row, const base::Error& error);
  jobs::Outcome removed(const store::HookRow& row);
  jobs::Outcome not_removed(const jobs::Job& job, const store::HookRow& row, const base::Error& error);

  Dependencies dependencies;
};

}  // namespace webhooks
