#include "vcs/payload.h"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/ref_name.h"

namespace vcs {

base::Result<nlohmann::json> read_payload(std::string_view body) {
  jsonapi::Limits limits;
  limits.bytes = std::size_t{26} << 20U;
  auto json = jsonapi::parse(body, limits);
  if (!json) return base::invalid("The payload cannot be read: " + json.error().message);
  if (!json->is_object()) return base::invalid("The payload is not a JSON object.");
  return json;
}

std::string id_text(const nlohmann::json& json, std::string_view path) {
  const nlohmann::json* found = jsonapi::find(json, path);
  if (found == nullptr) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->is_number_integer() ? found->dump() : std::string();
}

base::Result<int> read_number(const nlohmann::json& json, std::string_view path) {
  const std::int64_t number = jsonapi::get_integer(json, path);
  if (number >= 1 && number <= std::numeric_limits<int>::max()) return static_cast<int>(number);
  return base::invalid("The payload has no usable number at \"" + std::string(path) + "\".");
}

base::Status check_repository(const RepositoryRef& repository) {
  if (repository.id.empty() || repository.path.empty()) {
    return base::invalid("The payload does not say which repository it is about.");
  }
  return {};
}

base::Status check_branches(const PullRequest& pull_request) {
  RETURN_IF_ERROR(check_ref_name(pull_request.target_branch));
  if (pull_request.source_branch.empty() && pull_request.from_fork) return {};
  return check_ref_name(pull_request.source_branch);
}

Parsed one_event(std::string event_name, Event event) {
  Parsed parsed;
  parsed.event_name = std::move(event_name);
  parsed.events.push_back(std::move(event));
  return parsed;
}

Parsed ignored(std::string event_name, std::string reason) {
  return Parsed{std::move(event_name), {}, Ignored{std::move(reason)}};
}

void PushList::add(Push push, std::string_view ref, std::string_view before, std::string_view after) {
  const auto added = try_add(std::move(push), ref, before, after);
  if (!added && !problem_) problem_ = added.error();
}

base::Status PushList::try_add(Push push, std::string_view ref, std::string_view before, std::string_view after) {
  std::optional<Ref> parts = split_ref(ref);
  if (!parts) {
    if (!ref.starts_with("refs/")) return base::invalid("The payload names no ref that moved.");
    skipped_ = base::printable(ref, 80);
    return {};
  }
  RETURN_IF_ERROR(check_ref_name(parts->name));
  ASSIGN_OR_RETURN(push.before, commit_or_nothing(before));
  ASSIGN_OR_RETURN(push.after, commit_or_nothing(after));
  if (push.before.empty() && push.after.empty()) return base::invalid("The payload names no commit for its ref.");
  push.ref_kind = parts->kind;
  push.ref = std::move(parts->name);
  events_.emplace_back(std::move(push));
  return {};
}

base::Result<Parsed> PushList::finish(std::string event_name) && {
  if (events_.empty() && problem_) return *std::move(problem_);
  if (events_.empty()) {
    return ignored(std::move(event_name),
                   skipped_.empty() ? "the push moved no ref" : "'" + skipped_ + "' is neither a branch nor a tag");
  }
  return Parsed{std::move(event_name), std::move(events_), std::nullopt};
}

}  // namespace vcs
