#include "runs/run_key.h"

#include "base/file.h"

namespace runs {
namespace {

constexpr int kMostSignatures = 1'000;  // one for each module that is fetched
constexpr const char* kHostsFile = "known_hosts";

}  // namespace

base::Result<std::unique_ptr<LentKey>> LentKey::start(RunKey key, const std::filesystem::path& directory,
                                                      const std::filesystem::path& sockets) {
  std::error_code problem;
  std::filesystem::create_directories(directory, problem);
  const auto hosts = directory / kHostsFile;
  RETURN_IF_ERROR(base::write_file(hosts, key.known_hosts));
  using std::filesystem::perms;
  std::filesystem::permissions(hosts, perms::owner_read | perms::owner_write | perms::group_read | perms::others_read,
                               problem);
  git::SshAgent::Options options;
  options.most_signatures = kMostSignatures;
  ASSIGN_OR_RETURN(auto agent, git::SshAgent::start(std::move(key.key), sockets, options));
  return std::unique_ptr<LentKey>(new LentKey(std::move(agent), hosts));
}

void LentKey::lend_to(Command& command) const {
  command.agent =
      Command::Agent{agent_->socket(), hosts_, [agent = agent_.get()](uid_t user) { return agent->admit(user); }};
}

}  // namespace runs
