// Payloads of providers: whatever the bytes, parse() gives an error, a reason, or events whose names and commits are
// safe to use. Input: the kind's number, the event's name, a line feed, the body.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "vcs/ado_server/kinds.h"
#include "vcs/bitbucket_cloud/kinds.h"
#include "vcs/bitbucket_data_center/kinds.h"
#include "vcs/github/kinds.h"
#include "vcs/ref_name.h"

namespace {

void check(bool good) {
  if (!good) std::abort();
}

const std::vector<vcs::Kind>& kinds() {
  static const std::vector<vcs::Kind> kKinds = {vcs::github::kinds()[0], vcs::ado_server::kinds()[0],
                                                vcs::bitbucket_cloud::kinds()[0],
                                                vcs::bitbucket_data_center::kinds()[0]};
  return kKinds;
}

void look(const vcs::RepositoryRef& repository) { check(!repository.id.empty() && !repository.path.empty()); }

void look(const vcs::Push& push) {
  look(push.repository);
  check(vcs::check_ref_name(push.ref).has_value());
  check(push.before.empty() || vcs::is_commit_id(push.before));
  check(push.after.empty() || vcs::is_commit_id(push.after));
  check(!push.before.empty() || !push.after.empty());
}

void look(const vcs::PullRequest& request) {
  look(request.repository);
  check(request.number > 0);
  check(vcs::check_ref_name(request.target_branch).has_value());
  check(request.from_fork || vcs::check_ref_name(request.source_branch).has_value());
  check(request.head_sha.empty() || vcs::is_abbreviated_commit(request.head_sha));
}

void look(const vcs::RepositoryRenamed& renamed) { look(renamed.repository); }
void look(const vcs::Ping&) {}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  const std::size_t line = std::min(input.find('\n'), input.size());
  if (line == 0 || line == input.size()) return 0;
  const vcs::Kind& kind = kinds()[static_cast<unsigned char>(input[0]) % kinds().size()];
  const std::string event = input.substr(1, line - 1);
  const auto parsed =
      kind.parse({{"X-GitHub-Event", event}, {"X-Event-Key", event}}, std::string_view(input).substr(line + 1));
  if (!parsed) {
    check(parsed.error().code == base::Code::kInvalid && !parsed.error().message.empty());
    return 0;
  }
  check(parsed->events.empty() == parsed->ignored.has_value());
  for (const vcs::Event& one : parsed->events) std::visit([](const auto& known) { look(known); }, one);
  return 0;
}
