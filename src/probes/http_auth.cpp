#include "probes/http_auth.h"

#include "base/strings.h"
#include "net/address.h"
#include "probes/certificate.h"
#include "probes/kubeconfig.h"
#include "probes/signing.h"

namespace probes {
namespace {

class NoAuth final : public Auth {
 public:
  bool carries_secret() const override { return false; }
};

// Basic and Bearer.
class AuthorizationValue final : public Auth {
 public:
  AuthorizationValue(base::Secret value, bool secret) : value_(std::move(value)), secret_(secret) {}
  bool carries_secret() const override { return secret_; }
  base::Status sign(net::ClientRequest& request, base::Time) const override {
    request.authorization = value_;
    return {};
  }

 private:
  base::Secret value_;
  bool secret_;
};

class OwnHeader final : public Auth {
 public:
  OwnHeader(std::string name, base::Secret value) : name_(std::move(name)), value_(std::move(value)) {}
  base::Status sign(net::ClientRequest& request, base::Time) const override {
    if (base::equals_ignoring_case(name_, "Authorization")) {
      request.authorization = value_;
    } else {
      request.headers.set(name_, value_.reveal());
    }
    return {};
  }

 private:
  std::string name_;
  base::Secret value_;
};

class ClientCertificate final : public Auth {
 public:
  ClientCertificate(std::string certificate, base::Secret key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  void identify(net::CallOptions& options) const override {
    options.client_certificate = certificate_;
    options.client_key = key_;
  }

 private:
  std::string certificate_;
  base::Secret key_;
};

class KubeUser final : public Auth {
 public:
  explicit KubeUser(Kubeconfig config) : config_(std::move(config)) { authorities = config_.authorities; }
  base::Status sign(net::ClientRequest& request, base::Time) const override {
    if (!config_.token.empty()) {
      request.authorization = base::Secret("Bearer " + config_.token.reveal());
    } else if (!config_.username.empty()) {
      request.authorization =
          base::Secret("Basic " + base::to_base64(config_.username + ":" + config_.password.reveal()));
    }
    return {};
  }
  void identify(net::CallOptions& options) const override {
    if (config_.client_certificate.empty()) return;
    options.client_certificate = config_.client_certificate;
    options.client_key = config_.client_key;
  }

 private:
  Kubeconfig config_;
};

class Aws final : public Auth {
 public:
  explicit Aws(AwsKey key) : key_(std::move(key)) {}
  base::Status sign(net::ClientRequest& request, base::Time now) const override {
    ASSIGN_OR_RETURN(const net::Url url, net::parse_url(request.url));
    const std::string host = url.origin().substr(url.origin().find("://") + 3);
    const AwsRequest to_sign{request.method, host, url.path, url.query, request.body};
    for (const auto& [name, value] : sign_aws(to_sign, key_, now)) {
      if (name == "Authorization") {
        request.authorization = base::Secret(value);
      } else {
        request.headers.set(name, value);
      }
    }
    return {};
  }

 private:
  AwsKey key_;
};

class Chef final : public Auth {
 public:
  Chef(std::string user, base::Secret key, std::string version)
      : user_(std::move(user)), key_(std::move(key)), version_(std::move(version)) {}
  base::Status sign(net::ClientRequest& request, base::Time now) const override {
    ASSIGN_OR_RETURN(const net::Url url, net::parse_url(request.url));
    const std::string api(request.headers.get_or("X-Ops-Server-API-Version", "1"));
    ASSIGN_OR_RETURN(const HeaderList added,
                     sign_chef({request.method, url.path, request.body, user_, api}, key_, version_, now));
    for (const auto& [name, value] : added) request.headers.set(name, value);
    return {};
  }
  bool try_older_form() override {
    if (version_ == "1.0") return false;
    version_ = "1.0";
    return true;
  }

 private:
  std::string user_;
  base::Secret key_;
  std::string version_;
};

class ServiceBus final : public Auth {
 public:
  ServiceBus(std::string resource, std::string key_name, base::Secret key, std::chrono::seconds lifetime)
      : resource_(std::move(resource)), key_name_(std::move(key_name)), key_(std::move(key)), lifetime_(lifetime) {}
  base::Status sign(net::ClientRequest& request, base::Time now) const override {
    request.authorization = sign_service_bus(resource_, key_name_, key_, now + lifetime_);
    return {};
  }

 private:
  std::string resource_, key_name_;
  base::Secret key_;
  std::chrono::seconds lifetime_;
};

// Kerberos and NTLM need the machine's own ticket; this build has none.
class Negotiate final : public Auth {
 public:
  bool carries_secret() const override { return false; }
  bool unsupported() const override { return true; }
};

// "?key=KEY": in the address, which the mask keeps out of every text.
class QueryKey final : public Auth {
 public:
  explicit QueryKey(base::Secret value) : value_(std::move(value)) {}
  base::Status sign(net::ClientRequest& request, base::Time) const override {
    request.url += (request.url.find('?') == std::string::npos ? "?key=" : "&key=") + base::url_encode(value_.reveal());
    return {};
  }

 private:
  base::Secret value_;
};

std::unique_ptr<Auth> api_key(const std::string& as, const std::string& value) {
  if (as == "query_key") return std::make_unique<QueryKey>(base::Secret(value));
  if (as.empty() || as == "bearer")
    return std::make_unique<OwnHeader>("Authorization", base::Secret("Bearer " + value));
  return std::make_unique<OwnHeader>(as, base::Secret(value));
}

struct Texts {
  const Session& session;
  const json& auth;
  bool secret = false;
  base::Result<std::string> operator()(const char* member) { return session.text_of(auth, member, &secret); }
};

base::Result<std::unique_ptr<Auth>> make_signing(Texts& text, const std::string& kind, std::chrono::seconds lifetime) {
  if (kind == "sigv4") {
    AwsKey key;
    ASSIGN_OR_RETURN(key.id, text("access_key_id"));
    ASSIGN_OR_RETURN(const std::string secret, text("secret_access_key"));
    key.secret = base::Secret(secret);
    ASSIGN_OR_RETURN(key.region, text("region"));
    ASSIGN_OR_RETURN(key.service, text("service"));
    const auto named = text.session.facts.captures.find("region.region");
    if (named != text.session.facts.captures.end() && !named->second.empty()) key.region = named->second.reveal();
    return std::unique_ptr<Auth>(std::make_unique<Aws>(std::move(key)));
  }
  if (kind == "chef") {
    ASSIGN_OR_RETURN(std::string user, text("user"));
    ASSIGN_OR_RETURN(const std::string key, text("key"));
    ASSIGN_OR_RETURN(std::string version, text("version"));
    return std::unique_ptr<Auth>(std::make_unique<Chef>(std::move(user), base::Secret(key), std::move(version)));
  }
  ASSIGN_OR_RETURN(std::string resource, text("resource"));
  ASSIGN_OR_RETURN(std::string key_name, text("key_name"));
  ASSIGN_OR_RETURN(const std::string key, text("key"));
  return std::unique_ptr<Auth>(
      std::make_unique<ServiceBus>(std::move(resource), std::move(key_name), base::Secret(key), lifetime));
}

base::Result<std::unique_ptr<Auth>> make_kind(Texts& text, const json& auth, const std::string& kind) {
  if (kind == "basic") {
    ASSIGN_OR_RETURN(const std::string user, text("username"));
    ASSIGN_OR_RETURN(const std::string password, text("password"));
    return std::unique_ptr<Auth>(
        std::make_unique<AuthorizationValue>(base::Secret("Basic " + base::to_base64(user + ":" + password)), true));
  }
  if (kind == "bearer") {
    ASSIGN_OR_RETURN(const std::string token, text("token"));
    return std::unique_ptr<Auth>(std::make_unique<AuthorizationValue>(base::Secret("Bearer " + token), true));
  }
  if (kind == "header") {
    ASSIGN_OR_RETURN(const std::string name, text("name"));
    ASSIGN_OR_RETURN(const std::string value, text("value"));
    return std::unique_ptr<Auth>(std::make_unique<OwnHeader>(name, base::Secret(value)));
  }
  if (kind == "api_key") {
    ASSIGN_OR_RETURN(const std::string as, text("as"));
    ASSIGN_OR_RETURN(const std::string value, text("value"));
    return api_key(as, value);
  }
  if (kind == "mtls") {
    ASSIGN_OR_RETURN(std::string certificate, text("certificate"));
    ASSIGN_OR_RETURN(const std::string key, text("key"));
    return std::unique_ptr<Auth>(std::make_unique<ClientCertificate>(std::move(certificate), base::Secret(key)));
  }
  if (kind == "kubeconfig") {
    ASSIGN_OR_RETURN(const std::string from, text("from"));
    ASSIGN_OR_RETURN(const std::string context, text("context"));
    ASSIGN_OR_RETURN(Kubeconfig config, read_kubeconfig(base::Secret(from), context));
    return std::unique_ptr<Auth>(std::make_unique<KubeUser>(std::move(config)));
  }
  if (kind == "negotiate") {
    const std::string condition = auth.value("when", "");
    if (!condition.empty() && !text.session.values.is_true(condition))
      return std::unique_ptr<Auth>(std::make_unique<NoAuth>());
    return std::unique_ptr<Auth>(std::make_unique<Negotiate>());
  }
  if (kind == "none" || kind.empty()) return std::unique_ptr<Auth>(std::make_unique<NoAuth>());
  return make_signing(text, kind, std::chrono::seconds(auth.value("lifetime_s", 300)));
}

bool is_address(std::string_view host) { return net::parse_address(host).has_value(); }

}  // namespace

base::Status Auth::sign(net::ClientRequest& request, base::Time now) const {
  static_cast<void>(request);
  static_cast<void>(now);
  return {};
}

void Auth::trust(net::CallOptions& options) const {
  if (!thumbprints.empty()) {
    options.check = net::ServerCheck::kThumbprint;
    options.thumbprints = thumbprints;
  }
  if (authorities.empty()) return;
  options.endpoint.ca_bundle = authorities;
  options.given_authorities_only = true;
}

base::Result<std::unique_ptr<Auth>> make_auth(const Session& session, const json& auth) {
  Texts text{session, auth};
  ASSIGN_OR_RETURN(std::unique_ptr<Auth> made, make_kind(text, auth, auth.value("kind", "none")));
  ASSIGN_OR_RETURN(const std::string ca, text("ca"));
  if (!ca.empty()) {
    ASSIGN_OR_RETURN(const Identity authority, read_certificate(base::Secret(ca)));
    made->authorities = authority.certificate;
  }
  if (auth.value("verify", "") == "thumbprint") {
    for (const auto& one : base::split(session.value("server_certificate_thumbprint"), ',')) {
      if (!base::trim(one).empty()) made->thumbprints.push_back(one);
    }
  }
  return made;
}

bool same_site(std::string_view a, std::string_view b) {
  const std::string first = base::to_lower(a), second = base::to_lower(b);
  if (first == second) return true;
  if (is_address(first) || is_address(second)) return false;
  if (first.ends_with("." + second) || second.ends_with("." + first)) return true;
  const auto left = base::split(first, '.'), right = base::split(second, '.');
  if (left.size() < 3 || right.size() < 3) return false;
  // "co.uk" and its like are nobody's own: there three labels have to be the same.
  const auto& top = left.back();
  const auto& below = left[left.size() - 2];
  const std::size_t common = top.size() == 2 && below.size() <= 3 ? 3 : 2;
  if (left.size() <= common || right.size() <= common) return false;
  return std::equal(left.end() - static_cast<std::ptrdiff_t>(common), left.end(),
                    right.end() - static_cast<std::ptrdiff_t>(common));
}

}  // namespace probes
