#include "catalogue/rule_check.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/strings.h"
#include "catalogue/keys.h"
#include "catalogue/kubeconfig.h"
#include "crypto/ssh_key.h"
#include "jsonapi/json.h"

#include <nlohmann/json.hpp>

namespace catalogue {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string_view text_of(const Values& values, std::string_view id) {
  const base::Secret* secret = values.secret(id);
  return secret == nullptr ? values.text(id) : std::string_view(secret->reveal());
}

bool matches(const Rule& rule, std::string_view value) {
  if (rule.pattern != nullptr && !RE2::PartialMatch(value, *rule.pattern)) return false;
  return rule.refuse_pattern == nullptr || !RE2::PartialMatch(value, *rule.refuse_pattern);
}

bool in_range(const Rule& rule, std::string_view value) {
  const auto number = base::to_integer(value);
  return number && *number >= rule.min && *number <= rule.max;
}

// "PRIVATE KEY|RSA PRIVATE KEY": one of them has to be among the labels.
bool has_needed(const std::string& need, const std::vector<std::string>& labels) {
  const auto either = base::split(need, '|');
  return std::any_of(either.begin(), either.end(), [&](const std::string& label) { return contains(labels, label); });
}

std::string problem_of_ssh_key(const Rule& rule, std::string_view value, const Values& values) {
  auto problem = crypto::SshKeyProblem::kNone;
  const auto key = crypto::SshKey::import(base::Secret(std::string(value)), &problem);
  switch (problem) {
    case crypto::SshKeyProblem::kNone:
    case crypto::SshKeyProblem::kWeak:  // what the other side takes is its own affair
    case crypto::SshKeyProblem::kUnsupported: return {};
    case crypto::SshKeyProblem::kPassphrase:
      return values.has("passphrase") ? "" : "This key has a passphrase; give that as well.";
    default: return rule.say + (key ? "" : " (" + key.error().message + ")");
  }
}

std::string problem_of_private_key(const Rule& rule, std::string_view value, const Values& values) {
  const std::string type = private_key_type(value);
  if (type.empty()) return rule.say + " It cannot be read, or it has a passphrase; a run has nobody to type that.";
  if (!rule.key_type.empty() && type != rule.key_type)
    return rule.say + " This is a key of another kind (" + type + ").";
  const std::string_view certificate = text_of(values, rule.must_match);
  if (!rule.must_match.empty() && !certificate.empty() && !key_belongs_to_certificate(value, certificate)) {
    return "This key does not belong to the certificate.";
  }
  return {};
}

std::string problem_of_pem(const Rule& rule, std::string_view value, const Values& values) {
  const auto labels = pem_labels(value);
  const bool all_known =
      std::all_of(labels.begin(), labels.end(), [&](const std::string& label) { return contains(rule.labels, label); });
  if (labels.empty() || !all_known) {
    const std::string closer = rule.parse == "ssh_key" ? problem_of_ssh_key(rule, value, values) : "";
    return closer.empty() ? rule.say : closer;
  }
  for (const std::string& need : rule.needs) {
    if (!has_needed(need, labels)) return rule.say;
  }
  if (rule.parse == "x509") return has_certificates(value) ? "" : rule.say + " This one is damaged.";
  if (rule.parse == "pkey") return problem_of_private_key(rule, value, values);
  if (rule.parse == "ssh_key") return problem_of_ssh_key(rule, value, values);
  if (rule.needs.size() < 2) return {};
  if (!has_certificates(value) || private_key_type(value).empty()) return rule.say + " A part of it is damaged.";
  return key_belongs_to_certificate(value, value) ? "" : "The private key does not belong to the certificate.";
}

std::string problem_of_base64(const Rule& rule, std::string_view value, const Values& values) {
  if (lenient_base64(value).empty()) return rule.say + " This is not Base64.";
  if (rule.parse != "pkcs12") return {};
  const std::string& password = rule.password_parameter;
  const bool known = password.empty() || !values.stored().contains(password);
  switch (problem_of_pfx(value, password.empty() ? "" : text_of(values, password))) {
    case PfxProblem::kNone: return {};
    case PfxProblem::kPassword: return known ? rule.say + " The password does not open this one." : "";
    case PfxProblem::kNoKey: return rule.say + " This one lacks the certificate or its private key.";
    default: return rule.say + " This is not a PKCS#12 (.pfx) file.";
  }
}

}  // namespace

std::string problem_of_value(const Rule& rule, std::string_view value, const Values& values) {
  switch (rule.kind) {
    case Rule::Kind::kRegex: return matches(rule, value) ? "" : rule.say;
    case Rule::Kind::kIntRange: return in_range(rule, value) ? "" : rule.say;
    case Rule::Kind::kPem: return problem_of_pem(rule, value, values);
    case Rule::Kind::kBase64: return problem_of_base64(rule, value, values);
    case Rule::Kind::kPemOrBase64: return problem_of_pem(rule, certificate_as_pem(value), values);
    case Rule::Kind::kYaml: return problem_of_kubeconfig(rule, value, values.text("context"));
    case Rule::Kind::kJson: return jsonapi::parse(value) ? "" : rule.say;
  }
  return {};
}

}  // namespace catalogue
