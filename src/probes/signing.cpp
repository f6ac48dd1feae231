#include "probes/signing.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "base/strings.h"
#include "crypto/hash.h"
#include "probes/certificate.h"
#include "probes/failure.h"

namespace probes {
namespace {

std::string formatted(base::Time time, const char* form) {
  const std::time_t seconds = base::to_millis(time) / 1000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &parts)};
}

std::string hex_sha256(std::string_view text) { return base::to_hex(crypto::sha256(text)); }

std::string sha1(std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_Digest(data.data(), data.size(), bytes.data(), &size, EVP_sha1(), nullptr);
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

// Parameters in the order of their encoded names; one without a value gets "=".
std::string canonical_query(const std::string& query) {
  if (query.empty()) return {};
  auto parts = base::split(query, '&');
  for (auto& part : parts) {
    if (part.find('=') == std::string::npos) part += '=';
  }
  std::sort(parts.begin(), parts.end());
  return base::join(parts, "&");
}

// RFC 3986 normal form, with every segment encoded once more for services other than S3.
std::string canonical_path(const std::string& path, const std::string& service) {
  std::string text = path.empty() ? "/" : path;
  if (service == "s3") return text;
  std::vector<std::string> kept;
  for (const auto& segment : base::split(text, '/')) {
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(base::url_encode(segment));
    }
  }
  const bool ends_in_slash = text.ends_with('/') && !kept.empty();
  return "/" + base::join(kept, "/") + (ends_in_slash ? "/" : "");
}

std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : base::trim(text)) {
    if (c == ' ' && out.ends_with(' ')) continue;
    out += c;
  }
  return out;
}

void base64_lines(HeaderList& headers, const std::string& signature) {
  const std::string text = base::to_base64(signature);
  constexpr std::size_t kLine = 60;
  for (std::size_t i = 0; i * kLine < text.size(); ++i) {
    headers.emplace_back("X-Ops-Authorization-" + std::to_string(i + 1), text.substr(i * kLine, kLine));
  }
}

}  // namespace

HeaderList sign_aws(const AwsRequest& request, const AwsKey& key, base::Time now) {
  const std::string stamp = formatted(now, "%Y%m%dT%H%M%SZ"), day = stamp.substr(0, 8);
  const std::string body_hash = hex_sha256(request.body);
  HeaderList added{{"X-Amz-Date", stamp}};
  if (key.service == "s3") added.emplace_back("X-Amz-Content-Sha256", body_hash);
  HeaderList all = request.headers;
  all.emplace_back("host", request.host);
  for (const auto& [name, value] : added) all.emplace_back(base::to_lower(name), value);
  std::sort(all.begin(), all.end());
  std::string lines;
  std::vector<std::string> names;
  for (const auto& [name, value] : all) {
    lines += name + ":" + collapsed(value) + "\n";
    names.push_back(name);
  }
  const std::string signed_names = base::join(names, ";");
  const std::string canonical = request.method + "\n" + canonical_path(request.path, key.service) + "\n" +
                                canonical_query(request.query) + "\n" + lines + "\n" + signed_names + "\n" + body_hash;
  const std::string scope = day + "/" + key.region + "/" + key.service + "/aws4_request";
  const std::string to_sign = "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex_sha256(canonical);
  base::Secret step(crypto::hmac_sha256("AWS4" + key.secret.reveal(), day));
  for (const std::string_view part :
       {std::string_view(key.region), std::string_view(key.service), std::string_view("aws4_request")}) {
    step = base::Secret(crypto::hmac_sha256(step.reveal(), part));
  }
  const std::string signature = base::to_hex(crypto::hmac_sha256(step.reveal(), to_sign));
  added.emplace_back("Authorization", "AWS4-HMAC-SHA256 Credential=" + key.id + "/" + scope +
                                          ", SignedHeaders=" + signed_names + ", Signature=" + signature);
  return added;
}

base::Secret sign_service_bus(std::string_view resource, std::string_view key_name, const base::Secret& key,
                              base::Time expires) {
  const std::string encoded = base::url_encode(resource);
  const std::string until = std::to_string(base::to_millis(expires) / 1000);
  const std::string signature = base::to_base64(crypto::hmac_sha256(key.reveal(), encoded + "\n" + until));
  return base::Secret("SharedAccessSignature sr=" + encoded + "&sig=" + base::url_encode(signature) + "&se=" + until +
                      "&skn=" + base::url_encode(key_name));
}

base::Result<HeaderList> sign_chef(const ChefRequest& request, const base::Secret& key, std::string_view version,
                                   base::Time now) {
  const bool modern = version == "1.3";
  const std::string stamp = formatted(now, "%Y-%m-%dT%H:%M:%SZ");
  std::string path = request.path;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const auto hash = [&](std::string_view text) { return base::to_base64(modern ? crypto::sha256(text) : sha1(text)); };
  const std::string content = hash(request.body);
  const std::string sign = modern ? "version=1.3" : "algorithm=sha1;version=1.0;";
  const std::string canonical =
      modern ? "Method:" + request.method + "\nPath:" + path + "\nX-Ops-Content-Hash:" + content +
                   "\nX-Ops-Sign:" + sign + "\nX-Ops-Timestamp:" + stamp + "\nX-Ops-UserId:" + request.user +
                   "\nX-Ops-Server-API-Version:" + request.server_api_version
             : "Method:" + request.method + "\nHashed Path:" + hash(path) + "\nX-Ops-Content-Hash:" + content +
                   "\nX-Ops-Timestamp:" + stamp + "\nX-Ops-UserId:" + request.user;
  ASSIGN_OR_RETURN(const std::string signature, sign_rsa(key, canonical, modern ? "SHA256" : ""));
  HeaderList headers{{"X-Ops-Sign", sign},
                     {"X-Ops-Timestamp", stamp},
                     {"X-Ops-UserId", request.user},
                     {"X-Ops-Content-Hash", content}};
  base64_lines(headers, signature);
  return headers;
}

base::Result<base::Secret> sign_assertion(const Assertion& assertion, const base::Secret& certificate_and_key,
                                          base::Time now) {
  const auto sha256 = certificate_digest(certificate_and_key.reveal(), true);
  const auto sha1_digest = certificate_digest(certificate_and_key.reveal(), false);
  if (!sha256 || !sha1_digest) return failed_at(Stage::kInput, "the text is not a certificate with its private key");
  const nlohmann::json header{{"alg", "RS256"},
                              {"typ", "JWT"},
                              {"x5t", base::to_base64url(*sha1_digest)},
                              {"x5t#S256", base::to_base64url(*sha256)}};
  const std::int64_t issued = base::to_millis(now) / 1000;
  const nlohmann::json claims{{"aud", assertion.audience},
                              {"iss", assertion.issuer},
                              {"sub", assertion.subject},
                              {"jti", base::random_base58(24)},
                              {"nbf", issued},
                              {"iat", issued},
                              {"exp", issued + assertion.lifetime.count()}};
  const std::string body = base::to_base64url(header.dump()) + "." + base::to_base64url(claims.dump());
  ASSIGN_OR_RETURN(const std::string signature, sign_rsa(certificate_and_key, body, "SHA256"));
  return base::Secret(body + "." + base::to_base64url(signature));
}

}  // namespace probes
