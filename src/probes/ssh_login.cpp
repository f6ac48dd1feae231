#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "base/thread.h"
#include "crypto/ssh_key.h"
#include "git/local_server.h"
#include "git/ssh_agent.h"
#include "probes/ssh_host.h"

// OpenSSH's client does the log-in: it speaks what servers of today want. Password and passphrase reach it over a
// private socket by way of its askpass program, a key by an agent: never by argument, environment or file.
namespace probes {
namespace {

// Gives one answer to the first prompt, and an empty one to every other, which ends whoever asks again.
class OneAnswer {
 public:
  base::Status start(const base::Secret& answer, const std::filesystem::path& directory) {
    auto server = git::LocalServer::start("ssh-answers", directory, [this, answer](std::string& buffer, bool at_end) {
      git::LocalServer::Answer reply;
      if (buffer.find('\n') == std::string::npos && !at_end) return reply;
      buffer.clear();
      const std::lock_guard lock(mutex_);
      reply.bytes = given_ ? "\n" : answer.reveal() + "\n";
      given_ = true;
      reply.close = true;
      return reply;
    });
    if (!server) return server.error();
    server_ = *std::move(server);
    return {};
  }
  std::string socket() const { return server_ ? server_->socket().string() : ""; }

 private:
  std::mutex mutex_;
  bool given_ = false;
  std::unique_ptr<git::LocalServer> server_;  // last: its thread uses what stands above
};

// OpenSSH's own agent, for keys that ours does not read (with a passphrase, or of a kind we make no use of).
class ForeignAgent {
 public:
  base::Status start(const std::filesystem::path& socket, const Deadline& deadline) {
    socket_ = socket;
    thread_ = base::start_thread("ssh-agent", [this](const std::stop_token& stop) {
      base::Command command;
      command.arguments = {"ssh-agent", "-D", "-a", socket_.string()};
      command.environment = {{"PATH", "/usr/bin:/bin"}};
      command.stop = stop;
      command.on_output = [this](std::string_view) {
        const std::lock_guard lock(mutex_);
        ready_ = true;
        changed_.notify_all();
        return true;
      };
      static_cast<void>(base::run_process(command));
      const std::lock_guard lock(mutex_);
      ended_ = true;
      changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, deadline.left(), [this] { return ready_ || ended_; });
    if (ready_) return {};
    return failed_at(Stage::kInternal, "ssh-agent does not start");
  }

 private:
  std::filesystem::path socket_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ready_ = false, ended_ = false;
  std::jthread thread_;  // last
};

class Login {
 public:
  Login(Session& session, const SshLogin& login, Observation& seen) : session_(session), login_(login), seen_(seen) {}

  base::Result<std::string> run() {
    auto directory = base::TemporaryDirectory::create(session_.environment.private_root, "ssh-");
    if (!directory) return failed_at(Stage::kInternal, directory.error().message);
    RETURN_IF_ERROR(base::write_file(directory->path() / "known_hosts", session_.ssh->known_hosts));
    directory_ = directory->path();
    if (login_.password.empty()) {
      RETURN_IF_ERROR(load_key());
    } else {
      RETURN_IF_ERROR(answers_.start(login_.password, directory_));
    }
    base::Error last = failed_at(Stage::kConnect, "no address");
    for (const auto& address : session_.ssh->addresses) {
      auto output = connect(address);
      if (output || stage_of(output.error()) != Stage::kConnect) return output;
      last = output.error();
    }
    return last;
  }

 private:
  base::Status load_key() {
    crypto::SshKeyProblem problem = crypto::SshKeyProblem::kNone;
    auto key = crypto::SshKey::import(login_.key, &problem);
    if (key) {
      auto agent = git::SshAgent::start(*std::move(key), directory_);
      if (!agent) return failed_at(Stage::kInternal, agent.error().message);
      agent_ = *std::move(agent);
      agent_socket_ = agent_->socket().string();
      return {};
    }
    using Problem = crypto::SshKeyProblem;
    if (problem == Problem::kPassphrase && login_.passphrase.empty()) {
      seen_.facts["key"] = "encrypted, no passphrase";
      return failed_at(Stage::kInput, "The key needs a passphrase.");
    }
    if (problem != Problem::kPassphrase && problem != Problem::kWeak && problem != Problem::kUnsupported) {
      seen_.facts["key"] = "parse";
      return failed_at(Stage::kInput, key.error().message);
    }
    return load_into_foreign_agent();
  }

  base::Status load_into_foreign_agent() {
    agent_socket_ = (directory_ / "agent").string();
    RETURN_IF_ERROR(foreign_.start(agent_socket_, session_.deadline));
    RETURN_IF_ERROR(answers_.start(login_.passphrase, directory_));
    std::string text = login_.key.reveal();
    if (!text.ends_with('\n')) text += '\n';
    const base::Secret input(std::move(text));
    base::Command command = plain({"ssh-add", "-q", "-"});
    command.input = input.reveal();
    const auto added = base::run_process(command);
    if (!added) return failed_at(Stage::kInternal, added.error().message);
    if (added->succeeded()) return {};
    const bool asked = added->errors.find("passphrase") != std::string::npos || !login_.passphrase.empty();
    seen_.facts["key"] = asked ? "wrong passphrase" : "parse";
    return failed_at(Stage::kInput, asked ? "The passphrase does not open the key." : "The text is not a private key.");
  }

  base::Command plain(std::vector<std::string> arguments) const {
    base::Command command;
    command.arguments = std::move(arguments);
    command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", directory_.string()}, {"LC_ALL", "C"}};
    command.timeout = session_.deadline.left();
    command.stop = session_.deadline.stop();
    if (!agent_socket_.empty()) command.environment.emplace_back("SSH_AUTH_SOCK", agent_socket_);
    if (!answers_.socket().empty()) {
      command.environment.emplace_back("SSH_ASKPASS", session_.environment.ssh_program.string());
      command.environment.emplace_back("SSH_ASKPASS_REQUIRE", "force");
      command.environment.emplace_back("RUNBRIDGE_SSH_ANSWERS", answers_.socket());
    }
    return command;
  }

  std::vector<std::string> arguments(const std::string& address) const {
    const auto& host = *session_.ssh;
    const std::string alias = host.port == 22 ? host.host : "[" + host.host + "]:" + std::to_string(host.port);
    std::vector<std::string> words{"ssh", "-F", "none", "-T"};
    for (const std::string& option : {
             std::string("BatchMode=no"),
             std::string("CertificateFile=none"),
             std::string("IdentityFile=none"),
             std::string("StrictHostKeyChecking=yes"),
             std::string("CheckHostIP=no"),
             std::string("GlobalKnownHostsFile=/dev/null"),
             std::string("UpdateHostKeys=no"),
             std::string("VerifyHostKeyDNS=no"),
             std::string("ForwardAgent=no"),
             std::string("ClearAllForwardings=yes"),
             std::string("ForwardX11=no"),
             std::string("PermitLocalCommand=no"),
             std::string("ControlMaster=no"),
             std::string("ControlPath=none"),
             std::string("ProxyCommand=none"),
             std::string("ProxyJump=none"),
             std::string("EscapeChar=none"),
             std::string("CanonicalizeHostname=no"),
             std::string("LogLevel=VERBOSE"),
             std::string("NumberOfPasswordPrompts=1"),
             std::string("ConnectionAttempts=1"),
             "PreferredAuthentications=" + base::join(login_.methods, ","),
             "UserKnownHostsFile=" + (directory_ / "known_hosts").string(),
             "ConnectTimeout=" +
                 std::to_string(std::max<std::int64_t>(1, session_.environment.limits.connect.count() / 1000)),
             "User=" + login_.user,
             "HostKeyAlias=" + alias,
             "HostName=" + address,
             "Port=" + std::to_string(host.reached_port),
         }) {
      words.emplace_back("-o");
      words.push_back(option);
    }
    if (login_.command.empty()) words.emplace_back("-N");
    words.insert(words.end(), {"--", "target"});
    if (!login_.command.empty()) words.push_back(login_.command);
    return words;
  }

  base::Result<std::string> connect(const std::string& address) {
    base::Command command = plain(arguments(address));
    std::string errors;
    const bool only_log_in = login_.command.empty();
    command.on_errors = [&](std::string_view piece) {
      errors += piece.substr(0, std::min<std::size_t>(piece.size(), 65'536));
      return !only_log_in || errors.find("Authenticated to ") == std::string::npos;
    };
    const auto result = base::run_process(command);
    if (!result) return failed_at(Stage::kInternal, result.error().message);
    if (errors.find("Authenticated to ") != std::string::npos) return result->output;
    return refused(*result, errors);
  }

  base::Error refused(const base::ProcessResult& result, const std::string& errors) const {
    using End = base::ProcessResult::End;
    if (result.end == End::kStopped) return failed_at(Stage::kStopped, "the check was stopped");
    if (result.end == End::kTimedOut) return failed_at(Stage::kTimeout, "");
    const auto denied = errors.find("Permission denied (");
    if (denied != std::string::npos) {
      const auto start = errors.find('(', denied) + 1;
      const auto left = base::split(errors.substr(start, errors.find(')', start) - start), ',');
      const bool takes_passwords = std::any_of(left.begin(), left.end(), [](const std::string& method) {
        return method == "password" || method == "keyboard-interactive";
      });
      seen_.facts["auth"] = "failure";
      if (!takes_passwords) seen_.facts["methods_left"] = "publickey";
      return failed_at(Stage::kRefused, "the log-in was refused");
    }
    if (errors.find("Too many authentication failures") != std::string::npos) {
      seen_.facts["auth"] = "failure";
      return failed_at(Stage::kRefused, "the log-in was refused");
    }
    if (errors.find("Host key verification failed") != std::string::npos) {
      seen_.facts["host_key"] = "mismatch";
      return failed_at(Stage::kTlsUntrusted, "it shows another host key");
    }
    if (errors.find("Unable to negotiate") != std::string::npos) {
      seen_.facts["kex"] = "no match";
      return failed_at(Stage::kProtocol, "no common key exchange or cipher");
    }
    seen_.words = errors;
    const bool unreached = errors.find("connect to host") != std::string::npos;
    return failed_at(unreached ? Stage::kConnect : Stage::kProtocol, "the SSH conversation broke off");
  }

  Session& session_;
  const SshLogin& login_;
  Observation& seen_;
  std::filesystem::path directory_;
  std::string agent_socket_;
  OneAnswer answers_;
  std::unique_ptr<git::SshAgent> agent_;
  ForeignAgent foreign_;
};

}  // namespace

base::Result<std::string> ssh_log_in(Session& session, const SshLogin& login, Observation& seen) {
  seen.credentials = true;
  seen.network = true;
  return Login(session, login, seen).run();
}

}  // namespace probes
