#include <algorithm>
#include <set>

#include "base/random.h"
#include "base/strings.h"
#include "jsonapi/json.h"
#include "probes/answer.h"
#include "probes/http_auth.h"
#include "probes/judge.h"
#include "probes/session.h"

namespace probes {
namespace {

constexpr int kMostRedirects = 3;
constexpr const char* kUserAgent = "connection-verifier";

// A URL whose first half came from the service ("realm?a=b") and has a query of its own already.
std::string with_one_query(std::string url) {
  auto mark = url.find('?');
  if (mark == std::string::npos) return url;
  for (++mark; mark < url.size(); ++mark) {
    if (url[mark] == '?') url[mark] = '&';
  }
  return url;
}

base::Result<json> rendered_json(const Session& session, const json& value, bool& secret) {
  if (value.is_string()) {
    ASSIGN_OR_RETURN(const catalogue::Rendered text, session.render(value.get_ref<const std::string&>()));
    secret = secret || text.secret;
    return json(text.text.reveal());
  }
  if (!value.is_structured()) return value;
  json out = value;
  for (auto& entry : out) {
    ASSIGN_OR_RETURN(entry, rendered_json(session, entry, secret));
  }
  return out;
}

std::string form_of(const json& body) {
  std::vector<std::string> pairs;
  for (const auto& [name, value] : body.items()) {
    pairs.push_back(base::url_encode(name) + "=" +
                    base::url_encode(value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return base::join(pairs, "&");
}

std::string multipart_of(const json& body, const std::string& boundary) {
  std::string text;
  for (const auto& [name, value] : body.items()) {
    text += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" +
            (value.is_string() ? value.get<std::string>() : value.dump()) + "\r\n";
  }
  return text + "--" + boundary + "--\r\n";
}

base::Status fill_body(const Session& session, const json& step, net::ClientRequest& request, bool& secret) {
  const auto body = step.find("body");
  if (body == step.end()) return {};
  const std::string kind = step.value("body_type", "json");
  ASSIGN_OR_RETURN(const json filled, rendered_json(session, *body, secret));
  if (kind == "form") {
    request.body = form_of(filled);
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  } else if (kind == "multipart") {
    const std::string boundary = "----" + base::random_base58(24);
    request.body = multipart_of(filled, boundary);
    request.headers.set("Content-Type", "multipart/form-data; boundary=" + boundary);
  } else if (filled.is_string()) {
    request.body = filled.get<std::string>();
    if (!request.headers.has("Content-Type")) request.headers.set("Content-Type", "text/xml");
  } else {
    request.body = jsonapi::dump(filled);
    request.headers.set("Content-Type", "application/json");
  }
  return {};
}

class HttpStep {
 public:
  HttpStep(Session& session, const json& step) : session_(session), step_(step) {}

  Observation run() {
    Observation seen;
    if (const auto ready = prepare(); !ready) {
      seen.fail(ready.error());
      return seen;
    }
    if (const auto why = elsewhere(); !why.empty()) {
      seen.host = host_;
      seen.error_class = "blocked";
      seen.fail(Stage::kBlocked, why);
      return seen;
    }
    seen = send(true);
    judge_answer(seen);
    if (seen.passed && step_.value("contrast", false) && seen.credentials) contrast(seen);
    learn(seen);
    return seen;
  }

 private:
  base::Status prepare() {
    ASSIGN_OR_RETURN(std::string url, session_.text_of(step_, "url", &secret_));
    request_.url = with_one_query(std::move(url));
    request_.method = step_.value("method", "GET");
    request_.headers.set("User-Agent", kUserAgent);
    if (const auto headers = step_.find("headers"); headers != step_.end()) {
      for (const auto& [name, value] : headers->items()) {
        ASSIGN_OR_RETURN(const catalogue::Rendered text, session_.render(value.get<std::string>()));
        request_.headers.set(name, text.text.reveal());
      }
    }
    RETURN_IF_ERROR(fill_body(session_, step_, request_, secret_));
    request_.response_limit = session_.environment.limits.body;
    const auto parsed = net::parse_url(request_.url);
    if (!parsed) return failed_at(Stage::kInput, session_.mask.apply(parsed.error().message));
    host_ = parsed->host;
    const auto auth = step_.find("auth");
    ASSIGN_OR_RETURN(auth_, make_auth(session_, auth == step_.end() ? json::object() : *auth));
    return {};
  }

  // Credentials go to a token service only if it belongs to the registry.
  std::string elsewhere() const {
    const auto errors = step_.find("errors");
    if (errors == step_.end() || !(secret_ || auth_->carries_secret())) return {};
    for (const auto& entry : *errors) {
      if (!entry.contains("match") || !entry.at("match").contains("host_not")) continue;
      if (same_site(host_, session_.target.host.empty() ? host_ : registry_host())) continue;
      return entry.value("say", std::string());
    }
    return {};
  }

  std::string registry_host() const {
    const auto& host = last_challenge_host();
    return host.empty() ? base::to_lower(session_.target.host) : host;
  }
  const std::string& last_challenge_host() const {
    static const std::string kHub = "registry-1.docker.io";
    static const std::string kNone;
    return session_.scheme.id == "docker_hub" ? kHub : kNone;
  }

  net::CallOptions options(bool with_credentials) const {
    net::CallOptions options;
    options.endpoint.ca_bundle = session_.environment.ca_bundle;
    options.limits.connect = session_.environment.limits.connect;
    options.limits.tls = session_.environment.limits.total;
    options.limits.first_byte = session_.environment.limits.total;
    options.stop = session_.deadline.stop();
    options.route = session_.environment.route;
    auth_->trust(options);
    if (with_credentials) auth_->identify(options);
    if (session_.accepts_untrusted()) {
      options.check = net::ServerCheck::kNothing;
      session_.note("The server's certificate was not checked, because 'Accept untrusted SSL certificates' is on.");
    }
    return options;
  }

  // One call and the redirects that may be followed.
  Observation send(bool with_credentials) {
    net::ClientRequest request = request_;
    bool credentials = with_credentials;
    for (int followed = 0;; ++followed) {
      Observation seen = call_once(request, credentials);
      if (!seen.passed || seen.status < 300 || seen.status > 399 || names_status(step_, seen.status)) return seen;
      const auto next = follow(request, seen);
      if (!next) return seen;
      if (followed == kMostRedirects) {
        seen.fail(Stage::kProtocol, "it redirects more than " + std::to_string(kMostRedirects) + " times");
        return seen;
      }
      if (!*next) credentials = false;
    }
  }

  // Turns the request into the one that a redirect asks for: true if it stays at the same origin. Nothing if it must
  // not be followed; the observation then has the reason.
  std::optional<bool> follow(net::ClientRequest& request, Observation& seen) const {
    const std::string location(seen.headers.get_or("Location"));
    const auto from = net::parse_url(request.url);
    if (location.empty() || !from) return std::nullopt;
    const bool absolute = location.find("://") != std::string::npos;
    const bool rooted = location.starts_with('/') && !location.starts_with("//");
    const auto to = absolute
                        ? net::parse_url(location.substr(0, location.find('#')))
                        : net::parse_url(from->origin() +
                                         (rooted ? "" : from->path.substr(0, from->path.rfind('/') + 1)) + location);
    if (!to) {
      seen.fail(Stage::kProtocol, "it redirects to an address that cannot be read");
      return std::nullopt;
    }
    const bool same = net::same_origin(*from, *to);
    if (is_sign_in(location) && !is_sign_in(request.url)) return std::nullopt;
    if (from->scheme == "https" && to->scheme == "http") {
      seen.fail(Stage::kProtocol, "it redirects to plain http, which is not followed");
      return std::nullopt;
    }
    const bool reads = request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
    if (!reads && (!same || (seen.status != 307 && seen.status != 308))) {
      seen.fail(Stage::kProtocol,
                "it redirects to " + session_.mask.shown(to->origin(), 100) + "; enter the final address");
      return std::nullopt;
    }
    request.url = to->text();
    return same;
  }

  Observation call_once(net::ClientRequest request, bool with_credentials) {
    Observation seen;
    const auto url = net::parse_url(request.url);
    seen.host = url ? url->host : host_;
    seen.port = url ? url->port : 0;
    seen.network = true;
    if (with_credentials) {
      if (const auto fine = auth_->sign(request, session_.environment.clock.now()); !fine) {
        seen.fail(fine.error());
        return seen;
      }
      if (const std::string& value = request.authorization.reveal(); !value.empty()) {
        session_.mask.add(request.authorization);
        session_.mask.add(base::Secret(value.substr(value.find(' ') + 1)));  // without the word in front
      }
    }
    seen.credentials = with_credentials && (secret_ || auth_->carries_secret());
    request.timeout = session_.deadline.left();
    const auto result = net::call(session_.policy_for(request.url), request, options(with_credentials));
    take(result, seen);
    return seen;
  }

  void take(const net::CallResult& result, Observation& seen) const {
    seen.seen = result.thumbprint;
    switch (result.stage) {
      case net::CallStage::kAnswered: break;
      case net::CallStage::kInvalid: return seen.fail(Stage::kInput, result.detail);
      case net::CallStage::kBlocked: return seen.fail(Stage::kBlocked, result.detail);
      case net::CallStage::kName: return seen.fail(Stage::kDns, "the name is not known");
      case net::CallStage::kConnect: return seen.fail(Stage::kConnect, result.detail);
      case net::CallStage::kProxy: return seen.fail(Stage::kProxy, result.detail);
      case net::CallStage::kTlsUntrusted:
        if (!result.thumbprint.empty()) seen.facts["thumbprint"] = "mismatch";
        return seen.fail(Stage::kTlsUntrusted, result.detail);
      case net::CallStage::kTlsName: return seen.fail(Stage::kTlsName, result.detail);
      case net::CallStage::kTlsClient:
        seen.facts["alert"] = result.detail;
        return seen.fail(Stage::kTlsClient, result.detail);
      case net::CallStage::kTls: return seen.fail(Stage::kTls, result.detail);
      case net::CallStage::kTimeout: return seen.fail(Stage::kTimeout, "");
      case net::CallStage::kBroken: return seen.fail(Stage::kProtocol, result.detail);
      case net::CallStage::kStopped: return seen.fail(Stage::kStopped, result.detail);
    }
    seen.status = result.response.status;
    seen.headers = result.response.headers;
    seen.body = result.response.body;
    if (auto parsed = jsonapi::parse(seen.body)) seen.parsed = *std::move(parsed);
  }

  void judge_answer(Observation& seen) {
    if (!seen.passed) {
      if (seen.status != 0) seen.words = session_.mask.shown(own_words(seen.headers, seen.body));
      return;
    }
    if (auth_->unsupported()) {
      seen.facts["no_gssapi"] = "true";
      if (seen.status == 401) {
        seen.error_class = "unsupported_here";
        return seen.fail(Stage::kUnsupported, "Windows sign-in");
      }
    }
    check_expectations(session_, step_.value("expect", json::object()), seen);
    if (seen.status != 0 && !seen.passed) seen.words = session_.mask.shown(own_words(seen.headers, seen.body));
    if (!seen.passed && seen.status == 401 && auth_->try_older_form()) {
      Observation second = send(true);
      check_expectations(session_, step_.value("expect", json::object()), second);
      if (second.passed) seen = std::move(second);
    }
    name_region(seen);
  }

  // An S3 answer that names the bucket's region is worth a second try.
  void name_region(const Observation& seen) {
    if (session_.type.id != "s3") return;
    std::string region(seen.headers.get_or("x-amz-bucket-region"));
    if (region.empty()) region = xml_text(seen.body, "Region").value_or("");
    const bool plausible = !region.empty() && region.size() < 40 &&
                           region.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    if (plausible) session_.learn_region(region);
  }

  void contrast(Observation& seen) {
    Observation anonymous = send(false);
    const auto challenge = anonymous.headers.get("WWW-Authenticate");
    if (challenge && !seen.headers.has("WWW-Authenticate")) {
      seen.headers.add("WWW-Authenticate", std::string(*challenge));
    }
    const int status = anonymous.status;
    const bool answered = anonymous.passed;
    check_expectations(session_, step_.value("expect", json::object()), anonymous);
    if (anonymous.passed) {
      seen.open_to_all = true;
    } else if (!answered || status >= 500 || status == 429) {
      session_.note("The comparison without credentials could not be made (" +
                    (status == 0 ? std::string("no answer") : "status " + std::to_string(status)) + ").");
      seen.credentials = false;
    }
  }

  void learn(Observation& seen) {
    const auto captures = step_.find("capture");
    if (captures == step_.end() || !captures->is_object() || seen.status == 0) return;
    for (const auto& [name, from] : captures->items()) {
      const auto value = captured(from.get<std::string>(), seen);
      if (!value) continue;
      seen.captures[name] = base::Secret(*value);
      if (is_token(name)) session_.mask.add(base::Secret(*value));
    }
    if (const auto region = seen.captures.find("region"); region != seen.captures.end() && session_.type.id == "s3") {
      name_region(seen);
    }
  }

  static bool is_token(const std::string& name) {
    static const std::set<std::string> kTokens{"access_token", "access", "refresh_token",
                                               "session",      "id",     "kubeconfig"};
    return kTokens.contains(name);
  }

  static std::optional<std::string> captured(const std::string& from, const Observation& seen) {
    if (from == "status") return std::to_string(seen.status);
    if (from.starts_with("json:")) return seen.parsed ? json_at(*seen.parsed, from.substr(5)) : std::nullopt;
    if (from.starts_with("xml:")) return xml_text(seen.body, from.substr(4));
    if (!from.starts_with("header:")) return std::nullopt;
    const auto words = base::split(from.substr(7), ' ');
    const auto value = seen.headers.get(words[0]);
    if (!value) return std::nullopt;
    if (words.size() > 1) return challenge_part(*value, words[1]);
    return std::string(*value);
  }

  Session& session_;
  const json& step_;
  net::ClientRequest request_;
  std::unique_ptr<Auth> auth_;
  std::string host_;
  bool secret_ = false;  // in the address or the body
};

}  // namespace

Observation http_step(Session& session, const json& step) { return HttpStep(session, step).run(); }

}  // namespace probes
