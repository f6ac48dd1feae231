#include "base/strings.h"
#include "probes/ssh_host.h"
#include "probes/svn_words.h"
#include "ssh/host_probe.h"

// ssh_handshake, ssh_auth, ssh_disconnect, git_over_ssh.
namespace probes {
namespace {

// Where the step says, else where the target says.
base::Status meet_host(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(std::string host, session.text_of(step, "host"));
  if (host.empty()) host = session.target.host;
  int port = static_cast<int>(base::to_integer(session.target.port).value_or(22) & 0xFFFF);
  if (step.contains("port")) {
    ASSIGN_OR_RETURN(port, session.port_of(step));
  }
  return look_at_host(session, host, port, seen);
}

base::Result<SshLogin> login_of(const Session& session, const json& step) {
  SshLogin login;
  ASSIGN_OR_RETURN(login.user, session.text_of(step, "user"));
  ASSIGN_OR_RETURN(const std::string password, session.text_of(step, "password"));
  ASSIGN_OR_RETURN(const std::string key, session.text_of(step, "key"));
  ASSIGN_OR_RETURN(const std::string passphrase, session.text_of(step, "passphrase"));
  login.password = base::Secret(password);
  login.key = base::Secret(key);
  login.passphrase = base::Secret(passphrase);
  for (const auto& method : step.value("methods", json::array())) login.methods.push_back(method.get<std::string>());
  if (login.methods.empty()) {
    login.methods = key.empty() ? std::vector<std::string>{"password", "keyboard-interactive"}
                                : std::vector<std::string>{"publickey"};
  }
  return login;
}

base::Status check_greeting(const std::string& output) {
  SvnItem greeting;
  std::size_t used = 0;
  const bool read = read_svn_item(output, greeting, used) == SvnRead::kWhole;
  if (read && greeting.is_list() && !greeting.items.empty() && greeting.items[0].is_word("success")) return {};
  return failed_at(Stage::kProtocol, "no svnserve answers on that machine");
}

std::string shell_quoted(const std::string& text) { return "'" + base::replace_all(text, "'", "'\\''") + "'"; }

base::Status authenticate(Session& session, const json& step, Observation& seen) {
  const bool git = step.value("do", "") == "git_over_ssh";
  if (!session.ssh) RETURN_IF_ERROR(meet_host(session, step, seen));
  seen.host = session.ssh->host;
  seen.port = session.ssh->port;
  ASSIGN_OR_RETURN(SshLogin login, login_of(session, step));
  const bool svn = step.value("then", "").find("svnserve -t") != std::string::npos;
  if (svn) login.command = "svnserve -t";
  if (git) login.command = "git-upload-pack " + shell_quoted(session.target.path);
  ASSIGN_OR_RETURN(const std::string output, ssh_log_in(session, login, seen));
  if (svn) return check_greeting(output);
  if (!git) return {};
  // An advertisement is a list of pkt-lines; an empty repository's is one flush.
  const bool advertised = output.size() >= 4 && output.find_first_not_of("0123456789abcdef") >= 4;
  if (advertised && !output.starts_with("0000ERR")) return {};
  return failed_at(Stage::kProtocol, "no Git repository at that path");
}

}  // namespace

Observation ssh_step(Session& session, const json& step) {
  Observation seen;
  const std::string action = step.value("do", "");
  if (action == "ssh_disconnect") return seen;
  const auto done = action == "ssh_handshake" ? meet_host(session, step, seen) : authenticate(session, step, seen);
  if (!done) seen.fail(done.error());
  return seen;
}

std::filesystem::path Environment::default_ssh_program() { return ssh::HostProbe::default_program(); }

}  // namespace probes
