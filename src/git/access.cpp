#include "git/access.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <optional>

#include "base/file.h"
#include "base/strings.h"
#include "git/credential_server.h"
#include "git/ssh_agent.h"

namespace git {
namespace {

constexpr int kHeaderDescriptor = 3;
constexpr const char* kSystemBundle = "/etc/ssl/certs/ca-certificates.crt";
constexpr std::size_t kLargestBundle = std::size_t{8} << 20U;

std::string quoted(const std::string& text) { return "'" + base::replace_all(text, "'", "'\\''") + "'"; }

// A memory file nobody can change any more, readable by whoever holds the descriptor.
base::Result<base::FileDescriptor> sealed_memory(const base::Secret& text) {
  base::FileDescriptor file(::memfd_create("git-config", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  const auto size = static_cast<ssize_t>(text.size());
  if (!file || ::write(file.get(), text.reveal().data(), text.size()) != size ||
      ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return base::unavailable("no memory for git's configuration");
  }
  return file;
}

bool is_address(const std::string& text) {
  in_addr four{};
  in6_addr six{};
  return ::inet_pton(AF_INET, text.c_str(), &four) == 1 || ::inet_pton(AF_INET6, text.c_str(), &six) == 1;
}

}  // namespace

class Access::Impl {
 public:
  Impl(const FetchRequest& request, RemoteUrl url, const MirrorOptions& options, base::TemporaryDirectory directory)
      : request_(request), url_(std::move(url)), options_(options), directory_(std::move(directory)) {}

  base::Status prepare() { return url_.is_ssh() ? prepare_ssh() : prepare_http(); }

  void apply(GitRun& run, const std::string& address) const {
    if (url_.is_ssh()) {
      run.environment.emplace_back("GIT_SSH_COMMAND", ssh_command(address));
      run.environment.emplace_back("GIT_SSH_VARIANT", "ssh");
      run.environment.emplace_back("SSH_AUTH_SOCK", agent_->socket().string());
      return;
    }
    apply_http(run, address);
  }

  std::string cleaned(const std::string& text) const {
    if (!request_.http) return text;
    return base::without_secret(base::without_secret(text, request_.http->password), basic_);
  }

 private:
  base::Status prepare_ssh() {
    const SshAccess& access = *request_.ssh;
    SshAgent::Options options;
    options.allow_sha1 = access.legacy_algorithms;
    ASSIGN_OR_RETURN(agent_, SshAgent::start(access.key, directory_.path(), options));
    RETURN_IF_ERROR(base::write_file(directory_.path() / "key.pub", access.key.public_line() + "\n"));
    return base::write_file(directory_.path() / "known_hosts", access.known_hosts);
  }

  base::Status prepare_http() {
    const HttpAccess& access = *request_.http;
    if (!access.ca_bundle.empty()) {
      auto bundle = base::read_file(kSystemBundle, kLargestBundle);
      RETURN_IF_ERROR(base::write_file(directory_.path() / "ca.pem",
                                       (bundle ? *bundle + "\n" : std::string()) + access.ca_bundle + "\n"));
    }
    if (access.password.empty()) return {};
    if (!access.as_header) {
      ASSIGN_OR_RETURN(credentials_,
                       CredentialServer::start(url_, access.username, access.password, directory_.path()));
      return {};
    }
    const base::Secret pair(access.username + ":" + access.password.reveal());
    basic_ = base::Secret(base::to_base64(pair.reveal()));
    const base::Secret text("[http]\n\textraHeader = Authorization: Basic " + basic_.reveal() + "\n");
    ASSIGN_OR_RETURN(header_config_, sealed_memory(text));
    return {};
  }

  std::string ssh_command(const std::string& address) const {
    const auto file = [&](const char* name) { return quoted((directory_.path() / name).string()); };
    std::string command =
        "ssh -F none -o BatchMode=yes -o IdentitiesOnly=yes -o CertificateFile=none -o StrictHostKeyChecking=yes "
        "-o GlobalKnownHostsFile=/dev/null -o UpdateHostKeys=no -o CheckHostIP=no -o VerifyHostKeyDNS=no "
        "-o PreferredAuthentications=publickey -o PubkeyAuthentication=yes -o ClearAllForwardings=yes "
        "-o ForwardAgent=no -o ForwardX11=no -o Tunnel=no -o PermitLocalCommand=no -o ControlMaster=no "
        "-o ControlPath=none -o ProxyCommand=none -o ProxyJump=none -o CanonicalizeHostname=no -o EscapeChar=none "
        "-o AddKeysToAgent=no -o ServerAliveInterval=15 -o ServerAliveCountMax=2 -o ConnectionAttempts=1 "
        "-o LogLevel=ERROR";
    command += " -o IdentityFile=" + file("key.pub") + " -o UserKnownHostsFile=" + file("known_hosts");
    command += " -o ConnectTimeout=" + std::to_string(options_.connect_timeout.count());
    command += " -o User=" + quoted(url_.user) + " -o HostKeyAlias=" + quoted(url_.known_host_name());
    if (!address.empty()) command += " -o HostName=" + quoted(address);
    if (request_.ssh->legacy_algorithms) {
      command +=
          " -o KexAlgorithms=+diffie-hellman-group14-sha1,diffie-hellman-group1-sha1"
          " -o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedAlgorithms=+ssh-rsa"
          " -o Ciphers=+aes256-cbc,aes128-cbc -o MACs=+hmac-sha1";
    }
    return command;
  }

  void apply_http(GitRun& run, const std::string& address) const {
    const HttpAccess& access = *request_.http;
    run.environment.emplace_back("GIT_ALLOW_PROTOCOL", request_.allow_http ? "https:http" : "https");
    run.config.emplace_back("http.lowSpeedTime", std::to_string(options_.stall_timeout.count()));
    if (!access.ca_bundle.empty()) {
      run.config.emplace_back("http.sslCAInfo", (directory_.path() / "ca.pem").string());
    }
    if (!access.proxy.empty()) {
      run.config.emplace_back("http.proxy", access.proxy);
    } else if (!address.empty()) {
      const std::string target = address.find(':') == std::string::npos ? address : "[" + address + "]";
      run.config.emplace_back("http.curloptResolve", url_.host + ":" + std::to_string(url_.port) + ":" + target);
    }
    if (credentials_) {
      run.config.emplace_back("credential.helper", "cache --socket=" + quoted(credentials_->socket().string()));
    }
    if (header_config_) {
      run.descriptors.push_back({header_config_.get(), kHeaderDescriptor});
      run.environment.emplace_back("GIT_CONFIG_GLOBAL", "/dev/fd/" + std::to_string(kHeaderDescriptor));
    }
  }

  const FetchRequest& request_;
  RemoteUrl url_;
  MirrorOptions options_;
  base::TemporaryDirectory directory_;
  std::unique_ptr<SshAgent> agent_;
  std::unique_ptr<CredentialServer> credentials_;
  base::FileDescriptor header_config_;
  base::Secret basic_;
};

base::Result<std::unique_ptr<Access>> Access::prepare(const FetchRequest& request, const RemoteUrl& url,
                                                      const MirrorOptions& options,
                                                      const std::filesystem::path& private_root) {
  if (url.is_ssh() ? !request.ssh : !request.http) {
    return base::invalid(url.is_ssh() ? "this address is SSH and needs a key"
                                      : "this address is HTTPS and needs a token");
  }
  if (url.transport == RemoteUrl::Transport::kHttp && !request.allow_http) {
    return base::invalid("plain http is not allowed for " + url.host + "; start the server with --outbound-http " +
                         url.host + " to allow it");
  }
  for (const auto& address : request.addresses) {
    if (!is_address(address)) return base::invalid("'" + base::printable(address, 60) + "' is not an IP address");
  }
  ASSIGN_OR_RETURN(base::TemporaryDirectory directory, base::TemporaryDirectory::create(private_root, "a-"));
  auto impl = std::make_unique<Impl>(request, url, options, std::move(directory));
  RETURN_IF_ERROR(impl->prepare());
  return std::unique_ptr<Access>(new Access(std::move(impl)));
}

Access::Access(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Access::~Access() = default;
void Access::apply(GitRun& run, const std::string& address) const { impl_->apply(run, address); }
std::string Access::cleaned(const std::string& text) const { return impl_->cleaned(text); }

}  // namespace git
