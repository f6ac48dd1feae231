#include "tests/providers/scripted_forge.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/strings.h"

namespace fakes {
namespace {

vcs::Repository repository_at(const std::string& id, const std::string& path) {
  vcs::Repository repository;
  repository.id = id;
  repository.path = path;
  repository.display_path = path;
  repository.default_branch = "main";
  repository.http_url = "https://forge.example/" + path;
  repository.https_clone_url = "https://forge.example/" + path + ".git";
  return repository;
}

base::Result<vcs::Verified> verify_delivery(const base::Headers& headers, std::string_view,
                                            const base::Secret& secret) {
  if (headers.count("X-Secret") > 1) return base::malformed("X-Secret came twice");
  if (headers.get_or("X-Secret") != secret.reveal()) return base::unauthorized("not proven");
  return vcs::Verified{std::string(headers.get_or("X-Delivery")), std::string(headers.get_or("X-Event"))};
}

base::Result<vcs::Parsed> parse(const base::Headers& headers, std::string_view body) {
  vcs::Parsed parsed;
  parsed.event_name = std::string(headers.get_or("X-Event"));
  const auto words = base::split(body, ' ');
  if (words[0] == "crash") throw std::runtime_error("the parser broke");
  if (words[0] == "ping") {
    parsed.events.emplace_back(vcs::Ping{"hello"});
  } else if (words[0] == "push" && words.size() == 2) {
    vcs::Push push;
    push.repository.id = words[1];
    push.ref = "main";
    push.after = std::string(40, 'a');
    parsed.events.emplace_back(std::move(push));
  } else if (words[0] == "rename" && words.size() == 3) {
    parsed.events.emplace_back(vcs::RepositoryRenamed{{words[1], words[2], ""}, "payload/says"});
  } else if (words[0] == "ignored" && words.size() == 2) {
    parsed.ignored = vcs::Ignored{words[1]};
  } else {
    return base::invalid("no such event");
  }
  return parsed;
}

}  // namespace

class ScriptedForge::Connection : public vcs::Provider {
 public:
  Connection(ScriptedForge& forge, vcs::ProviderConfig config) : forge_(forge), config_(std::move(config)) {}

  base::Result<vcs::Verification> verify() override {
    RETURN_IF_ERROR(begin("verify", ""));
    return forge_.state_.with([](State& state) { return state.verification; });
  }
  base::Result<vcs::Slice<vcs::Repository>> list_repositories(std::string_view search,
                                                              std::string_view cursor) override {
    RETURN_IF_ERROR(begin("list_repositories", search));
    return forge_.state_.with([&](State& state) { return slice_of(state, search, cursor); });
  }
  base::Result<vcs::Repository> find_repository(std::string_view path) override {
    RETURN_IF_ERROR(begin("find_repository", path));
    return forge_.state_.with([&](State& state) -> base::Result<vcs::Repository> {
      for (const auto& [id, known] : state.repositories) {
        if (known == path) return repository_at(id, known);
      }
      return base::not_found("no such repository");
    });
  }
  base::Result<vcs::Slice<vcs::Branch>> list_branches(const vcs::Repository& repository, std::string_view,
                                                      std::string_view) override {
    RETURN_IF_ERROR(begin("list_branches", repository.path));
    return vcs::Slice<vcs::Branch>{{{"main", std::string(40, 'a')}, {"dev", std::string(40, 'b')}}, ""};
  }
  base::Result<vcs::InstalledHook> ensure_hook(const vcs::Repository& repository, const vcs::HookSpec& spec) override {
    RETURN_IF_ERROR(begin("ensure_hook", repository.path));
    vcs::InstalledHook installed;
    auto action = forge_.state_.with([&](State& state) {
      auto& hooks = state.hooks[repository.id];
      auto found = hooks.find(spec.url);
      if (found == hooks.end()) found = hooks.emplace(spec.url, std::to_string(state.next_hook++));
      installed.ids.push_back(found->second);
      return std::exchange(state.after_change, {});
    });
    if (action) action();
    return installed;
  }
  base::Result<vcs::HookState> hook_state(const vcs::Repository& repository, const vcs::InstalledHook&,
                                          std::string_view url) override {
    RETURN_IF_ERROR(begin("hook_state", repository.path));
    return forge_.state_.with([&](State& state) {
      return state.hooks[repository.id].contains(std::string(url)) ? vcs::HookState::kActive : vcs::HookState::kMissing;
    });
  }
  base::Status remove_hook(const vcs::Repository& repository, const vcs::InstalledHook&,
                           std::string_view url) override {
    RETURN_IF_ERROR(begin("remove_hook", repository.path));
    auto action = forge_.state_.with([&](State& state) {
      state.hooks[repository.id].erase(std::string(url));
      return std::exchange(state.after_change, {});
    });
    if (action) action();
    return {};
  }
  base::Status set_status(const vcs::Repository& repository, const vcs::CommitStatus& status) override {
    forge_.state_.with([&](State& state) { state.statuses.push_back(status); });
    return begin("set_status", repository.path + " " + status.sha);
  }
  base::Result<std::string> resolve_commit(const vcs::Repository&, std::string_view abbreviated) override {
    RETURN_IF_ERROR(begin("resolve_commit", abbreviated));
    return std::string(40, 'a');
  }
  base::Result<std::string> branch_head(const vcs::Repository&, std::string_view branch) override {
    RETURN_IF_ERROR(begin("branch_head", branch));
    return std::string(40, 'a');
  }
  GitCredentials git_credentials() const override { return {"git", config_.token, false}; }

 private:
  base::Status begin(const std::string& operation, std::string_view argument) {
    return forge_.state_.with([&](State& state) -> base::Status {
      state.calls.push_back(argument.empty() ? operation : operation + " " + std::string(argument));
      state.last_token = config_.token.reveal();
      auto& failures = state.failures[operation];
      if (failures.empty()) return {};
      auto error = failures.front();
      failures.pop_front();
      return error;
    });
  }

  // Two to a page; the cursor is the index of the next one.
  static vcs::Slice<vcs::Repository> slice_of(const State& state, std::string_view search, std::string_view cursor) {
    std::vector<vcs::Repository> all;
    for (const auto& [id, path] : state.repositories) {
      if (base::to_lower(path).find(base::to_lower(search)) != std::string::npos)
        all.push_back(repository_at(id, path));
    }
    const auto from = static_cast<std::size_t>(base::to_integer(cursor).value_or(0));
    vcs::Slice<vcs::Repository> slice;
    for (std::size_t index = from; index < all.size() && index < from + 2; ++index) slice.items.push_back(all[index]);
    if (from + 2 < all.size()) slice.next = std::to_string(from + 2);
    return slice;
  }

  ScriptedForge& forge_;
  vcs::ProviderConfig config_;
};

vcs::Kind ScriptedForge::kind(const std::string& name, const std::string& display_name) {
  vcs::Kind kind;
  kind.name = name;
  kind.display_name = display_name;
  kind.configuration_source = "scripted";
  kind.normalize = [](vcs::ProviderConfig& config) -> base::Status {
    if (config.api_url.empty()) config.api_url = config.http_url;
    return {};
  };
  kind.make = [this](vcs::ProviderConfig config, net::HttpClient&) -> std::unique_ptr<vcs::Provider> {
    return std::make_unique<Connection>(*this, std::move(config));
  };
  kind.verify_delivery = verify_delivery;
  kind.parse = parse;
  return kind;
}

void ScriptedForge::add_repository(const std::string& id, const std::string& path) {
  state_.with([&](State& state) { state.repositories[id] = path; });
}
void ScriptedForge::rename_repository(const std::string& id, const std::string& path) { add_repository(id, path); }

void ScriptedForge::fail(const std::string& operation, base::Error error, int times) {
  state_.with([&](State& state) {
    for (int index = 0; index < times; ++index) state.failures[operation].push_back(error);
  });
}

void ScriptedForge::set_verification(vcs::Verification verification) {
  state_.with([&](State& state) { state.verification = std::move(verification); });
}

void ScriptedForge::after_change(std::function<void()> action) {
  state_.with([&](State& state) { state.after_change = std::move(action); });
}

std::vector<std::string> ScriptedForge::calls() const {
  return state_.with([](const State& state) { return state.calls; });
}

int ScriptedForge::count(std::string_view operation) const {
  const auto all = calls();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const std::string& call) {
    return call == operation || call.starts_with(std::string(operation) + " ");
  }));
}

std::vector<std::string> ScriptedForge::hooks(const std::string& repository_id) const {
  return state_.with([&](const State& state) {
    std::vector<std::string> urls;
    const auto found = state.hooks.find(repository_id);
    if (found == state.hooks.end()) return urls;
    for (const auto& [url, id] : found->second) urls.push_back(url);
    return urls;
  });
}

std::vector<vcs::CommitStatus> ScriptedForge::statuses() const {
  return state_.with([](const State& state) { return state.statuses; });
}

std::string ScriptedForge::last_token() const {
  return state_.with([](const State& state) { return state.last_token; });
}

}  // namespace fakes
