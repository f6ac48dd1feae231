#include "probes/ssh_host.h"

#include <algorithm>

#include "base/strings.h"
#include "crypto/ssh_key.h"
#include "probes/stream.h"
#include "ssh/host_probe.h"

namespace probes {
namespace {

constexpr std::size_t kMostBanner = 8192;
constexpr std::chrono::milliseconds kBannerPatience{6'000};

std::string known_name(const std::string& host, int port) {
  return port == 22 ? host : "[" + host + "]:" + std::to_string(port);
}

// The identification line, which other lines may precede (RFC 4253 section 4.2).
base::Status read_banner(const Session& session, Observation& seen) {
  // A server that says something says its name within seconds; one that waits for the other side is no SSH server.
  const Deadline deadline(std::min(session.deadline.left(), kBannerPatience), session.deadline.stop());
  const Dialer dialer{session.environment.policy, deadline, session.environment.limits.connect,
                      session.environment.route};
  ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream, connect_to(dialer, seen.host, seen.port));
  seen.network = true;
  std::string text;
  while (text.size() < kMostBanner && !text.starts_with("SSH-") && text.find("\nSSH-") == std::string::npos) {
    const auto more = stream->read_some(1024);
    if (!more && stage_of(more.error()) == Stage::kStopped) return more.error();
    if (!more && stage_of(more.error()) == Stage::kTimeout && text.empty()) return more.error();
    if (!more || more->empty()) break;
    text += *more;
  }
  if (text.starts_with("SSH-2.0-") || text.find("\nSSH-2.0-") != std::string::npos || text.starts_with("SSH-1.99-")) {
    return {};
  }
  seen.facts["banner"] = "none or other";
  seen.words = text;
  return failed_at(Stage::kProtocol, "no SSH service on this port");
}

const ssh::SeenHostKey* preferred(const std::vector<ssh::SeenHostKey>& keys) {
  for (const std::string_view kind : {"ssh-ed25519", "ecdsa-sha2-", "ssh-rsa"}) {
    for (const auto& key : keys) {
      if (key.algorithm.starts_with(kind)) return &key;
    }
  }
  return keys.empty() ? nullptr : &keys.front();
}

// The key that the connection expects: a fingerprint that was entered, or the line of an earlier look.
const ssh::SeenHostKey* expected(const Session& session, const std::vector<ssh::SeenHostKey>& keys, bool& any) {
  const std::string wanted = session.value("host_key_fingerprint");
  const std::string& line = session.environment.known_host_line;
  any = wanted.empty() && line.empty();
  for (const auto& key : keys) {
    const bool same = wanted.empty() ? line.find(key.public_key) != std::string::npos : key.fingerprint == wanted;
    if (!any && same) return &key;
  }
  return nullptr;
}

std::string md5_or_sha(const std::vector<ssh::SeenHostKey>& keys) {
  const auto* key = preferred(keys);
  return key == nullptr ? "none" : key->fingerprint;
}

}  // namespace

base::Status look_at_host(Session& session, const std::string& host, int port, Observation& seen) {
  seen.host = host;
  seen.port = port;
  RETURN_IF_ERROR(read_banner(session, seen));
  const auto places =
      net::find_places(session.environment.policy, session.environment.route, host, port, session.deadline.left());
  if (!places) return failed_at(Stage::kBlocked, places.error().message);
  const ssh::HostProbe probe(session.environment.ssh_program);
  const auto keys =
      probe.scan(host, places->port, places->addresses, {session.deadline.left(), session.deadline.stop()});
  if (!keys) {
    if (session.deadline.left().count() <= 0) return failed_at(Stage::kTimeout, "");
    seen.facts["kex"] = "no match";
    return failed_at(Stage::kProtocol, "no common key exchange or cipher");
  }
  bool any = false;
  const auto* key = expected(session, *keys, any);
  if (!any && key == nullptr) {
    seen.facts["host_key"] = "mismatch";
    seen.seen = md5_or_sha(*keys);
    return failed_at(Stage::kTlsUntrusted, "it shows another host key: " + seen.seen);
  }
  auto found = std::make_unique<SshHost>(SshHost{host, port, places->addresses, places->port, ""});
  for (const auto& one : *keys) {
    if (any || &one == key)
      found->known_hosts += known_name(host, port) + " " + one.algorithm + " " + one.public_key + "\n";
  }
  if (const auto* remembered = any ? preferred(*keys) : key) {
    session.learned["host_key_fingerprint"] = remembered->fingerprint;
    session.learned["known_host_line"] =
        known_name(host, port) + " " + remembered->algorithm + " " + remembered->public_key;
  }
  if (any) session.note("The host key " + session.learned["host_key_fingerprint"] + " was seen for the first time.");
  session.ssh = std::move(found);
  return {};
}

}  // namespace probes
