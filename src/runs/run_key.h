#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "auth/ids.h"
#include "base/result.h"
#include "crypto/ssh_key.h"
#include "git/ssh_agent.h"
#include "runs/sandbox.h"

namespace runs {

// The SSH key of a workspace, for git sources of modules, and the hosts it may be shown to.
struct RunKey {
  crypto::SshKey key;
  std::string known_hosts;  // known_hosts(5)
};
// From the folder that keeps them; writes who asked, for which key, run and purpose to the audit log first.
using OpenRunKey = std::function<base::Result<RunKey>(const auth::OrganizationId& organization, const std::string& key,
                                                      const std::string& purpose)>;

// While it lives, programs it was lent to can sign with the key, and never see it: an ssh-agent in this process.
class LentKey {
 public:
  // `directory`: of the attempt; the list of hosts is written there, `sockets` is where the agent's directory goes.
  static base::Result<std::unique_ptr<LentKey>> start(RunKey key, const std::filesystem::path& directory,
                                                      const std::filesystem::path& sockets);
  void lend_to(Command& command) const;

 private:
  LentKey(std::unique_ptr<git::SshAgent> agent, std::filesystem::path hosts)
      : agent_(std::move(agent)), hosts_(std::move(hosts)) {}

  std::unique_ptr<git::SshAgent> agent_;
  std::filesystem::path hosts_;
};

}  // namespace runs
