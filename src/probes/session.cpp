#include "probes/session.h"

#include <algorithm>

#include "base/strings.h"
#include "net/address.h"
#include "probes/ssh_host.h"
#include "probes/tds_connection.h"

namespace probes {
namespace {

constexpr std::string_view kMetadataHost = "169.254.169.254";

// What `{{s3.base}}` means: the bucket's own host name, a path for names with dots, or the endpoint given.
std::string s3_base(const Session& session) {
  const std::string& bucket = session.target.text;
  std::string endpoint = session.value("endpoint_url");
  while (endpoint.ends_with('/')) endpoint.pop_back();
  if (!endpoint.empty()) return endpoint + "/" + bucket;
  std::string region = session.value("region");
  const auto named = session.facts.captures.find("region.region");
  if (named != session.facts.captures.end() && !named->second.empty()) region = named->second.reveal();
  if (region.empty()) region = "us-east-1";
  if (bucket.find('.') != std::string::npos) return "https://s3." + region + ".amazonaws.com/" + bucket;
  return "https://" + bucket + ".s3." + region + ".amazonaws.com/";
}

}  // namespace

Session::Session(const catalogue::Type& of_type, const catalogue::Scheme& of_scheme, const catalogue::Values& with,
                 const Environment& around)
    : type(of_type),
      scheme(of_scheme),
      values(with),
      environment(around),
      deadline(around.limits.total, around.stop),
      target(catalogue::assemble_target(around.catalogue, of_type, of_scheme, with)) {
  const std::string_view chosen = values.text("environment");
  if (const auto* found = around.catalogue.find_azure_environment(chosen.empty() ? "AzureCloud" : chosen)) {
    azure = *found;
    for (auto& [key, text] : azure->values) {
      if (text.empty() && key.ends_with("_url")) text = value("server_url");
      if (!text.empty() && key.ends_with("_url") && !text.ends_with('/')) text += '/';
    }
  }
  for (const auto& [id, secret] : values.secrets()) mask.add(secret);
  for (const auto& [id, text] : around.oauth) facts.captures["oauth." + id] = text;
  if (type.id == "s3") facts.captures["s3.base"] = base::Secret(s3_base(*this));
}

Session::~Session() = default;

base::Result<catalogue::Rendered> Session::render(std::string_view text) const {
  catalogue::Context context;
  context.values = &values;
  context.name = environment.name;
  context.target = &target;
  context.azure = azure ? &*azure : nullptr;
  context.steps = &facts;
  context.references = &references;
  context.known_host_line = environment.known_host_line;
  auto rendered = catalogue::render(text, context);
  if (!rendered) return failed_at(Stage::kInput, rendered.error().message);
  return rendered;
}

base::Result<std::string> Session::text_of(const json& step, const char* member, bool* secret) const {
  const auto entry = step.find(member);
  if (entry == step.end() || entry->is_null()) return std::string();
  if (!entry->is_string()) return entry->dump();
  ASSIGN_OR_RETURN(const catalogue::Rendered rendered, render(entry->get_ref<const std::string&>()));
  if (secret != nullptr && rendered.secret) *secret = true;
  return rendered.text.reveal();
}

base::Result<int> Session::port_of(const json& step) const {
  ASSIGN_OR_RETURN(const std::string text, text_of(step, "port"));
  const auto port = base::to_integer(text);
  if (!port || *port < 1 || *port > 65'535)
    return failed_at(Stage::kInput, "The port must be a number from 1 to 65535.");
  return static_cast<int>(*port);
}

std::string Session::shown(std::string_view text, const std::map<std::string, std::string, std::less<>>& words) const {
  catalogue::Values plain;  // no secret can get into a text that is shown
  for (const auto& [id, value] : values.plain()) plain.set(id, value);
  catalogue::Context context;
  context.values = &plain;
  context.name = environment.name;
  context.target = &target;
  context.shown = &words;
  const auto rendered = catalogue::render(text, context);
  return rendered ? mask.apply(rendered->text.reveal()) : std::string(text);
}

void Session::note(std::string text) {
  if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(std::move(text));
}

net::OutboundPolicy Session::policy_for(std::string_view url) const {
  const std::string start = "http://" + std::string(kMetadataHost) + "/";
  if (scheme.id != "managed_identity" || !url.starts_with(start)) return environment.policy;
  const std::string host(kMetadataHost);
  const auto wider = environment.policy.with_rules({host + ":80"}, {host});
  return wider ? *wider : environment.policy;
}

void Session::learn_region(const std::string& region) {
  facts.captures["region.region"] = base::Secret(region);
  if (type.id == "s3") facts.captures["s3.base"] = base::Secret(s3_base(*this));
}

std::string Session::value(std::string_view parameter) const {
  if (const base::Secret* secret = values.secret(parameter)) return secret->reveal();
  return std::string(values.text(parameter));
}

}  // namespace probes
