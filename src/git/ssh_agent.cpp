#include "git/ssh_agent.h"

#include <atomic>
#include <string>

#include "crypto/ssh_wire.h"
#include "git/local_server.h"

namespace git {
namespace {

// draft-miller-ssh-agent section 6.1
constexpr std::uint8_t kFailure = 5;
constexpr std::uint8_t kRequestIdentities = 11;
constexpr std::uint8_t kIdentitiesAnswer = 12;
constexpr std::uint8_t kSignRequest = 13;
constexpr std::uint8_t kSignResponse = 14;

std::string refusal() {
  crypto::SshWriter writer;
  return writer.byte(kFailure).bytes();
}

}  // namespace

class SshAgent::Impl {
 public:
  Impl(crypto::SshKey key, Options options) : key_(std::move(key)), options_(options) {}

  base::Status start(const std::filesystem::path& directory) {
    ASSIGN_OR_RETURN(server_, LocalServer::start("ssh-agent", directory,
                                                 [this](std::string& buffer, bool) { return serve(buffer); }));
    return {};
  }

  const std::filesystem::path& socket() const { return server_->socket(); }
  int signatures() const { return signatures_; }
  base::Status admit(uid_t user) { return server_->admit(user); }

 private:
  // Every whole message in the buffer: uint32 length, byte type, contents.
  LocalServer::Answer serve(std::string& buffer) {
    LocalServer::Answer answer;
    while (true) {
      crypto::SshReader reader(buffer);
      const auto message = reader.string();
      if (!message) return answer;
      crypto::SshWriter framed;
      answer.bytes += framed.string(answer_to(*message)).bytes();
      buffer.erase(0, buffer.size() - reader.rest().size());
    }
  }

  std::string answer_to(std::string_view message) {
    crypto::SshReader reader(message);
    const auto type = reader.byte();
    if (type == kRequestIdentities) return identities();
    if (type == kSignRequest) return sign(reader);
    return refusal();
  }

  std::string identities() const {
    crypto::SshWriter writer;
    return writer.byte(kIdentitiesAnswer).number(1).string(key_.public_blob()).string(key_.comment()).bytes();
  }

  std::string sign(crypto::SshReader& reader) {
    const auto blob = reader.string(), data = reader.string();
    const auto flags = reader.number();
    if (!blob || !data || !flags || *blob != key_.public_blob()) return refusal();
    const bool is_sha1 = key_.type() == crypto::SshKeyType::kRsa &&
                         (*flags & (crypto::SshKey::kRsaSha256 | crypto::SshKey::kRsaSha512)) == 0;
    if ((is_sha1 && !options_.allow_sha1) || signatures_ >= options_.most_signatures) return refusal();
    const auto signature = key_.sign(*data, *flags);
    if (!signature) return refusal();
    ++signatures_;
    crypto::SshWriter writer;
    return writer.byte(kSignResponse).string(*signature).bytes();
  }

  crypto::SshKey key_;
  Options options_;
  std::atomic<int> signatures_ = 0;
  std::unique_ptr<LocalServer> server_;  // last: its thread uses the rest
};

base::Result<std::unique_ptr<SshAgent>> SshAgent::start(crypto::SshKey key, const std::filesystem::path& directory,
                                                        Options options) {
  auto impl = std::make_unique<Impl>(std::move(key), options);
  RETURN_IF_ERROR(impl->start(directory));
  return std::unique_ptr<SshAgent>(new SshAgent(std::move(impl)));
}

SshAgent::SshAgent(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SshAgent::~SshAgent() = default;
const std::filesystem::path& SshAgent::socket() const { return impl_->socket(); }
int SshAgent::signatures() const { return impl_->signatures(); }
base::Status SshAgent::admit(uid_t user) { return impl_->admit(user); }

}  // namespace git
