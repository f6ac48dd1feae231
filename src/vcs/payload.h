#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "vcs/event.h"

// Reading the body of a delivery. Everything a driver cannot understand is kInvalid: the delivery is parked with the
// message as its reason.
namespace vcs {

// The body as a JSON object; bodies up to 26 MB, the most any provider sends.
base::Result<nlohmann::json> read_payload(std::string_view body);

// The member as text, for ids that are numbers at one provider and text at another; empty if not there.
std::string id_text(const nlohmann::json& json, std::string_view path);
// The number of a pull request: 1 to 2^31-1, or kInvalid.
base::Result<int> read_number(const nlohmann::json& json, std::string_view path);

// kInvalid unless the repository has an id and a path.
base::Status check_repository(const RepositoryRef& repository);
// kInvalid unless source and target are usable branch names (a name may be empty only if the source is gone).
base::Status check_branches(const PullRequest& pull_request);

// A result with one event, or none and the reason.
Parsed one_event(std::string event_name, Event event);
Parsed ignored(std::string event_name, std::string reason);

// Collects the refs that one push moved. A ref of another kind than branch or tag, or with a name we refuse, is left
// out when others remain, for it must not keep them from running.
class PushList {
 public:
  // `ref` is full ("refs/heads/x"). Fills ref, ref_kind, before and after of `push` from these.
  void add(Push push, std::string_view ref, std::string_view before, std::string_view after);
  // kInvalid with the first problem if nothing but problems came; ignored if nothing came at all.
  base::Result<Parsed> finish(std::string event_name) &&;

 private:
  base::Status try_add(Push push, std::string_view ref, std::string_view before, std::string_view after);

  std::vector<Event> events_;
  std::optional<base::Error> problem_;
  std::string skipped_;
};

}  // namespace vcs
