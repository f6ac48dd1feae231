#include "catalogue/target.h"

#include <algorithm>

#include "base/strings.h"
#include "catalogue/kubeconfig.h"
#include "catalogue/template.h"

namespace catalogue {
namespace {

std::string_view after(std::string_view text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  return at == std::string_view::npos ? std::string_view{} : text.substr(at + mark.size());
}

std::string decoded(std::string_view text) { return base::url_decode(text).value_or(std::string(text)); }

void split_query(std::string_view query, TargetText& out) {
  query = query.substr(0, query.find('#'));
  for (const std::string& pair : base::split(query, '&')) {
    const std::size_t equals = pair.find('=');
    if (pair.empty()) continue;
    out.query.emplace(decoded(pair.substr(0, equals)),
                      equals == std::string::npos ? "" : decoded(std::string_view(pair).substr(equals + 1)));
  }
}

// "host:port", "[::1]:port", "user@host".
void split_authority(std::string_view authority, TargetText& out) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  out.hostport = authority;
  const std::size_t close = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  const std::size_t colon = authority.find(':', close == std::string_view::npos ? 0 : close);
  out.host = close == std::string_view::npos ? authority.substr(0, colon) : authority.substr(1, close - 1);
  if (colon != std::string_view::npos) out.port = authority.substr(colon + 1);
}

void split_after_scheme(std::string_view rest, TargetText& out) {
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  split_authority(rest.substr(0, end), out);
  rest.remove_prefix(end);
  const std::size_t query = rest.find_first_of("?#");
  out.path = rest.substr(0, query);
  if (query != std::string_view::npos && rest[query] == '?') split_query(rest.substr(query + 1), out);
}

// "Server=tcp:HOST,PORT;Database=DB;…": the value of a key.
std::string_view connection_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(';'));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && base::equals_ignoring_case(base::trim(pair.substr(0, equals)), key)) {
      return pair.substr(equals + 1);
    }
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
  }
  return {};
}

// user@host:path of Git.
bool is_scp_like(std::string_view text) {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && text.find('@') < colon && text.find_first_of("/;=") > colon;
}

void split_scp_like(std::string_view text, TargetText& out) {
  out.scheme = "ssh";
  const std::size_t colon = text.find(':');
  split_authority(text.substr(0, colon), out);
  out.path = "/" + std::string(text.substr(colon + 1));
}

std::string value_of_key(const std::string& from, std::string_view text) {
  std::string_view value = connection_value(text, std::string_view(from).substr(0, from.find(',')));
  if (from.ends_with("between tcp: and the comma")) {
    if (value.starts_with("tcp:")) value.remove_prefix(4);
    value = value.substr(0, value.find(','));
  } else if (from.ends_with("after the comma")) {
    value = after(value, ",");
  }
  return std::string(value);
}

// The catalogue says in words where a part stands.
std::string part_of(const TargetPart& part, const TargetText& target) {
  const std::string& from = part.from;
  if (from.empty()) return part.id == "port" ? target.port : part.id == "host" ? target.host : std::string{};
  if (from == "whole value") return target.text;
  if (from.starts_with("query ")) {
    const auto at = target.query.find(from.substr(6));
    return at == target.query.end() ? std::string{} : at->second;
  }
  if (from.starts_with("everything after ")) {
    const std::string_view rest = after(target.text, "://");
    return rest.empty() ? target.text : std::string(rest);
  }
  constexpr std::string_view kHostWithout = "host without ";
  if (from.starts_with(kHostWithout)) {  // the last label varies by region: .com, .cn
    const std::string suffix = from.substr(kHostWithout.size());
    return target.host.substr(0, target.host.rfind(suffix.substr(0, suffix.rfind('.') + 1)));
  }
  return value_of_key(from, target.text);
}

std::string text_of(const Values& values, std::string_view id) {
  const base::Secret* secret = values.secret(id);
  return secret == nullptr ? std::string(values.text(id)) : secret->reveal();
}

const Parameter* whole_target(const Scheme& scheme) {
  const auto at = std::find_if(scheme.parameters.begin(), scheme.parameters.end(), [](const Parameter& parameter) {
    const auto& paths = parameter.yaml_paths;
    return parameter.target_part.empty() && !parameter.secret &&
           std::find(paths.begin(), paths.end(), "target") != paths.end();
  });
  return at == scheme.parameters.end() ? nullptr : &*at;
}

std::string rendered_target(const Catalogue& catalogue, const Type& type, const Scheme& scheme, const Values& given) {
  Values values = given;
  if (const std::string_view host = given.text("host"); host.find(':') != std::string_view::npos && host[0] != '[') {
    values.set("host", "[" + std::string(host) + "]");
  }
  StepFacts steps;
  if (const std::string string = text_of(values, "connection_string"); !string.empty()) {
    TargetText endpoint;
    split_after_scheme(after(connection_value(string, "Endpoint"), "://"), endpoint);
    steps.captures.emplace("connection.host", base::Secret(endpoint.host));
  }
  Context context;
  context.values = &values;
  context.azure = catalogue.find_azure_environment(values.text("environment"));
  context.steps = &steps;
  const auto own = type.target.by_scheme.find(scheme.id);
  const auto text = render(own == type.target.by_scheme.end() ? type.target.text : own->second, context);
  return text ? text->text.reveal() : std::string{};
}

}  // namespace

TargetText split_target(const Type& type, std::string_view text) {
  TargetText out;
  out.text = text;
  std::string_view rest = text;
  if (rest.starts_with("jdbc:")) rest.remove_prefix(5);
  if (const std::size_t end = rest.find("://");
      end != std::string_view::npos && rest.substr(0, end).find(';') == std::string_view::npos) {
    out.scheme = rest.substr(0, end);
    split_after_scheme(rest.substr(end + 3), out);
    out.origin = out.scheme + "://" + out.hostport;
  } else if (is_scp_like(rest)) {
    split_scp_like(rest, out);
  } else if (rest.find('=') == std::string_view::npos) {
    split_after_scheme(rest, out);
  }
  for (const TargetPart& part : type.target.parts) {
    std::string value = part_of(part, out);
    if (value.empty()) value = part.default_value.value_or("");
    out.parts.emplace(part.id, std::move(value));
  }
  if (out.host.empty()) {
    if (const auto server = out.parts.find("server"); server != out.parts.end()) out.host = server->second;
    if (const auto port = out.parts.find("port"); port != out.parts.end()) out.port = port->second;
  }
  return out;
}

TargetText assemble_target(const Catalogue& catalogue, const Type& type, const Scheme& scheme, const Values& values) {
  const Parameter* whole = whole_target(scheme);
  if (whole != nullptr && values.has(whole->id)) return split_target(type, values.text(whole->id));
  if (values.secret("kubeconfig") != nullptr) {
    return split_target(type, server_of_context(values.secret("kubeconfig")->reveal(), values.text("context")));
  }
  if (whole != nullptr && !type.target.derived) return split_target(type, "");
  return split_target(type, rendered_target(catalogue, type, scheme, values));
}

}  // namespace catalogue
