#include "ssh/host_probe.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/process.h"
#include "base/strings.h"
#include "crypto/ssh_key.h"
#include "jsonapi/json.h"

namespace ssh {
namespace {

constexpr std::size_t kOutputLimit = std::size_t{64} << 10U;
constexpr std::uint64_t kMemoryLimit = std::uint64_t{512} << 20U;

std::optional<SeenHostKey> to_seen(const std::string& algorithm, const std::string& text) {
  const auto blob = base::from_base64(text);
  if (!blob || algorithm.empty()) return std::nullopt;
  return SeenHostKey{algorithm, text, crypto::ssh_fingerprint(*blob)};
}

base::Result<base::ProcessResult> run(std::vector<std::string> arguments, const Patience& patience) {
  base::Command command;
  command.arguments = std::move(arguments);
  command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", "/nonexistent"}, {"LC_ALL", "C"}};
  command.timeout = patience.timeout;
  command.stop = patience.stop;
  command.output_limit = kOutputLimit;
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose shadow memory and files are larger
  command.file_size_limit = 0;
  command.memory_limit = kMemoryLimit;
#endif
  return base::run_process(command);
}

struct Probed {
  bool reached = false;
  std::vector<SeenHostKey> keys;
};

base::Result<Probed> probe(const std::filesystem::path& program, const std::string& address, int port,
                           const Patience& patience) {
  ASSIGN_OR_RETURN(const base::ProcessResult result, run({program.string(), address, std::to_string(port)}, patience));
  const auto json = jsonapi::parse(result.output);
  if (!result.succeeded() || !json) {
    return base::upstream("the SSH server sent something that cannot be read", base::printable(result.errors, 500));
  }
  Probed probed;
  probed.reached = jsonapi::get_boolean(*json, "reached");
  for (const auto& key : jsonapi::get_array(*json, "keys")) {
    if (auto seen = to_seen(jsonapi::get_text(key, "algorithm"), jsonapi::get_text(key, "key"))) {
      probed.keys.push_back(std::move(*seen));
    }
  }
  return probed;
}

// "address ssh-rsa AAAA…"; whatever goes wrong, there is just no key.
std::optional<SeenHostKey> rsa_by_keyscan(const std::string& address, int port, const Patience& patience) {
  const auto result =
      run({"ssh-keyscan", "-T", "10", "-t", "rsa", "-p", std::to_string(port), "--", address}, patience);
  if (!result || !result->succeeded()) return std::nullopt;
  for (const auto& line : base::split(result->output, '\n')) {
    const auto words = base::split(base::trim(line), ' ');
    if (words.size() == 3 && words[1] == "ssh-rsa") return to_seen(words[1], words[2]);
  }
  return std::nullopt;
}

}  // namespace

base::Result<std::vector<SeenHostKey>> HostProbe::scan(const std::string& host, int port,
                                                       const std::vector<std::string>& addresses,
                                                       const Patience& patience) const {
  for (const auto& address : addresses) {
    ASSIGN_OR_RETURN(Probed probed, probe(program_, address, port, patience));
    if (!probed.reached) continue;
    const bool has_rsa = std::any_of(probed.keys.begin(), probed.keys.end(),
                                     [](const SeenHostKey& key) { return key.algorithm == "ssh-rsa"; });
    if (!has_rsa) {
      if (auto rsa = rsa_by_keyscan(address, port, patience)) probed.keys.push_back(std::move(*rsa));
    }
    if (!probed.keys.empty()) return std::move(probed.keys);
    return base::upstream("what answers at " + host + ":" + std::to_string(port) +
                          " is no SSH server, or shares no algorithm with this one");
  }
  return base::unavailable("nobody answers at " + host + ":" + std::to_string(port) +
                           "; check the port, firewalls and that the SSH server runs");
}

std::filesystem::path HostProbe::default_program() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "runbridge-ssh-probe";
}

}  // namespace ssh
