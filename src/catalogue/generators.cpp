#include "catalogue/generators.h"

#include <openssl/evp.h>

#include <array>

#include "base/strings.h"
#include "catalogue/keys.h"
#include "catalogue/kubeconfig.h"

namespace catalogue {
namespace {

std::string text_of(const Values& values, std::string_view id) {
  const base::Secret* secret = values.secret(id);
  return secret == nullptr ? std::string(values.text(id)) : secret->reveal();
}

// "<https://svn.example.com:443> Realm": what a server's realm becomes in Subversion.
std::string realm_string(const Values& values, const TargetText& target) {
  const std::string fallback = target.scheme == "https" ? "443" : target.scheme == "http" ? "80" : "3690";
  const std::string port = target.port.empty() ? fallback : target.port;
  const std::string host = target.host.find(':') == std::string::npos ? target.host : "[" + target.host + "]";
  return "<" + target.scheme + "://" + host + ":" + port + "> " + std::string(values.text("realm_name"));
}

void add_pair(std::string& out, std::string_view key, std::string_view value) {
  out += "K " + std::to_string(key.size()) + "\n" + std::string(key) + "\n";
  out += "V " + std::to_string(value.size()) + "\n" + std::string(value) + "\n";
}

std::string subversion_record(const Values& values, const TargetText& target) {
  std::string out;
  add_pair(out, "passtype", "simple");
  add_pair(out, "password", text_of(values, "password"));
  add_pair(out, "svn:realmstring", realm_string(values, target));
  add_pair(out, "username", text_of(values, "username"));
  return out + "END\n";
}

}  // namespace

base::Result<std::string> generate(std::string_view generator, const Values& values, const TargetText& target) {
  if (generator == "pkcs12") return pfx_of_pem(text_of(values, "certificate"));
  if (generator == "kubeconfig_context") {
    return with_current_context(text_of(values, "kubeconfig"), values.text("context"));
  }
  if (generator == "svn_simple") return subversion_record(values, target);
  return base::internal("there is no generator " + std::string(generator));
}

std::string subversion_record_name(const Values& values, const TargetText& target) {
  const std::string realm = realm_string(values, target);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(realm.data(), realm.size(), digest.data(), &size, EVP_md5(), nullptr);
  return base::to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace catalogue
