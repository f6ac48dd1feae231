#include "git/credential_server.h"

#include <map>

#include "base/strings.h"
#include "git/local_server.h"

namespace git {
namespace {

// git asks once a connection; more means that the answer was refused.
constexpr int kMostAnswers = 8;

std::map<std::string, std::string> members_of(std::string_view text) {
  std::map<std::string, std::string> members;
  for (const auto& line : base::split(text, '\n')) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) members[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return members;
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\n\r\0", 3)) == std::string_view::npos;
}

}  // namespace

class CredentialServer::Impl {
 public:
  Impl(const RemoteUrl& url, std::string username, base::Secret password)
      : url_(url), username_(std::move(username)), password_(std::move(password)) {}

  base::Status start(const std::filesystem::path& directory) {
    ASSIGN_OR_RETURN(server_, LocalServer::start("git-credential", directory, [this](std::string& buffer, bool at_end) {
                       return at_end ? serve(buffer) : LocalServer::Answer{};
                     }));
    return {};
  }
  const std::filesystem::path& socket() const { return server_->socket(); }

 private:
  LocalServer::Answer serve(std::string& buffer) {
    const auto asked = members_of(buffer);
    base::wipe(buffer.data(), buffer.size());  // "store" repeats the password
    const auto member = [&](const char* name) { return asked.contains(name) ? asked.at(name) : std::string(); };
    if (member("action") != "get" || member("protocol") != scheme() || !is_our_host(member("host")) ||
        answers_ >= kMostAnswers) {
      return {.bytes = {}, .close = true};
    }
    ++answers_;
    return {.bytes = "username=" + username_ + "\npassword=" + password_.reveal() + "\n", .close = true};
  }

  std::string scheme() const { return url_.transport == RemoteUrl::Transport::kHttps ? "https" : "http"; }

  bool is_our_host(const std::string& asked) const {
    const std::string host = url_.host.find(':') == std::string::npos ? url_.host : "[" + url_.host + "]";
    const bool is_default = url_.port == (scheme() == "https" ? 443 : 80);
    return base::equals_ignoring_case(asked, host + ":" + std::to_string(url_.port)) ||
           (is_default && base::equals_ignoring_case(asked, host));
  }

  RemoteUrl url_;
  std::string username_;
  base::Secret password_;
  int answers_ = 0;
  std::unique_ptr<LocalServer> server_;  // last: its thread uses the rest
};

base::Result<std::unique_ptr<CredentialServer>> CredentialServer::start(const RemoteUrl& url, std::string username,
                                                                        base::Secret password,
                                                                        const std::filesystem::path& directory) {
  if (!is_one_line(username) || !is_one_line(password.reveal())) {
    return base::invalid("the user name or token for git holds a line break; store it again without");
  }
  auto impl = std::make_unique<Impl>(url, std::move(username), std::move(password));
  RETURN_IF_ERROR(impl->start(directory));
  return std::unique_ptr<CredentialServer>(new CredentialServer(std::move(impl)));
}

CredentialServer::CredentialServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CredentialServer::~CredentialServer() = default;
const std::filesystem::path& CredentialServer::socket() const { return impl_->socket(); }

}  // namespace git
