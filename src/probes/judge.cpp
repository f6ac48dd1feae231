#include "probes/judge.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/strings.h"
#include "probes/answer.h"

namespace probes {
namespace {

std::string plain(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::vector<std::string> list_of(const json& value) {
  std::vector<std::string> out;
  if (value.is_array()) {
    for (const auto& entry : value) out.push_back(plain(entry));
  } else {
    out.push_back(plain(value));
  }
  return out;
}

bool among(const json& values, const std::string& text) {
  const auto list = list_of(values);
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Patterns come from the catalogue, texts from anybody: RE2 takes time linear in both.
bool finds(const std::string& pattern, std::string_view text) {
  RE2::Options quiet;
  quiet.set_log_errors(false);
  quiet.set_case_sensitive(false);
  const RE2 expression(pattern, quiet);
  return expression.ok() && RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), expression);
}

bool begins(const json& prefixes, std::string_view text) {
  const auto list = list_of(prefixes);
  return std::any_of(list.begin(), list.end(), [&](const std::string& one) { return text.starts_with(one); });
}

// "present", a text contained in it, or nothing.
bool header_is(const base::Headers& headers, const std::string& name, const std::string& wanted) {
  if (wanted == "present") return headers.has(name);
  return std::any_of(headers.fields().begin(), headers.fields().end(), [&](const auto& field) {
    return base::equals_ignoring_case(field.first, name) && field.second.find(wanted) != std::string::npos;
  });
}

// A list of values, "present", "not X", or a regular expression.
bool json_is(const std::optional<json>& body, const std::string& path, const json& wanted) {
  const auto found = body ? json_at(*body, path) : std::nullopt;
  if (wanted.is_array()) return found && among(wanted, *found);
  const std::string text = plain(wanted);
  if (text == "present") return found.has_value() && !found->empty();
  if (text.starts_with("not ")) return found && *found != text.substr(4);
  return found && finds(text, *found);
}

// "DAV: svn" is a DAV header that speaks of svn; "Api-Version" just a header.
bool lacks_header(const base::Headers& headers, const std::string& wanted) {
  const auto colon = wanted.find(": ");
  if (colon == std::string::npos) return !headers.has(wanted);
  return !header_is(headers, wanted.substr(0, colon), wanted.substr(colon + 2));
}

bool ends_with_any(const json& suffixes, const std::string& host) {
  const auto list = list_of(suffixes);
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& suffix) { return host == suffix || host.ends_with("." + suffix); });
}

// Snowflake: what was asked for in the target is what the session has.
bool used_other(const Session& session, const json& names) {
  for (const auto& name : list_of(names)) {
    const auto captured = session.facts.captures.find("login." + name);
    const auto asked = session.target.parts.find(name);
    if (asked == session.target.parts.end() || asked->second.empty()) continue;
    const bool told = captured != session.facts.captures.end() && !captured->second.empty();
    if (!told || !base::equals_ignoring_case(captured->second.reveal(), asked->second)) return true;
  }
  return false;
}

const base::Secret* captured(const Session& session, const std::string& name) {
  const auto entry = session.facts.captures.find(name);
  return entry == session.facts.captures.end() ? nullptr : &entry->second;
}

// Facts of protocols: `wanted` is a value, a list, or "a|b".
bool fact_is(const Observation& seen, const std::string& name, const json& wanted) {
  const auto fact = seen.facts.find(name);
  if (fact == seen.facts.end()) return false;
  const auto met = base::split(fact->second, ',');
  for (const auto& value : list_of(wanted)) {
    for (const auto& one : base::split(value, '|')) {
      if (std::find(met.begin(), met.end(), one) != met.end()) return true;
    }
  }
  return false;
}

struct Question {
  const Session& session;
  const catalogue::VerifyStep& step;
  const Observation& seen;
  const json& match;
};

bool member_holds(const Question& question, const std::string& key, const json& wanted) {
  const Observation& seen = question.seen;
  const bool answered = seen.status != 0;
  if (key == "status") return answered && wanted.is_array() && among(wanted, std::to_string(seen.status));
  if (key == "text") return answered && (finds(plain(wanted), seen.body) || finds(plain(wanted), seen.words));
  if (key == "header") {
    return answered && std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& entry) {
             return header_is(seen.headers, entry.key(), plain(entry.value()));
           });
  }
  // Whoever is not let in yet may be shown less: there a missing header says nothing about the service.
  if (key == "header_missing") return answered && seen.status != 401 && lacks_header(seen.headers, plain(wanted));
  if (key == "json") {
    return seen.parsed && std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& entry) {
             return json_is(seen.parsed, entry.key(), entry.value());
           });
  }
  if (key == "json_kind_not") {
    const auto kind = seen.parsed ? json_at(*seen.parsed, "kind") : std::nullopt;
    return answered && (!kind || !finds("^(" + plain(wanted) + ")$", *kind));
  }
  if (key == "xml") {
    return answered && std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& entry) {
             const auto found = xml_text(seen.body, entry.key());
             return found && among(entry.value(), *found);
           });
  }
  if (key == "content_type") return answered && media_type(seen.headers) == plain(wanted);
  if (key == "content_type_not") return answered && media_type(seen.headers) != plain(wanted);
  if (key == "body_lacks") return answered && seen.body.find(plain(wanted)) == std::string::npos;
  if (key == "body_not_prefix") return answered && !begins(wanted, seen.body);
  if (key == "host_not_suffix") return !seen.host.empty() && !ends_with_any(wanted, seen.host);
  if (key == "stage") return !seen.passed && plain(wanted) == stage_name(seen.stage);
  if (key == "step") return !seen.passed && question.step.id == plain(wanted);
  if (key == "scheme") return question.session.scheme.id == plain(wanted);
  if (key == "capture") {
    return captured(question.session, plain(wanted)) != nullptr && plain(wanted).starts_with(question.step.id + ".");
  }
  if (key == "in_past") {
    const auto* text = captured(question.session, question.match.value("capture", ""));
    const auto when = text == nullptr ? std::nullopt : base::parse_time(text->reveal());
    return when && *when < question.session.environment.clock.now();
  }
  if (key == "differs_from") {
    const auto* text = captured(question.session, question.match.value("capture", ""));
    return text != nullptr && !text->empty() && text->reveal() != question.session.value(plain(wanted));
  }
  if (key == "login_used_other") return question.step.id == "login" && used_other(question.session, wanted);
  return fact_is(seen, key, wanted);
}

// These speak of what a step that passed has shown; a status may be expected and yet worth a word.
bool may_hold_after_success(const json& match) {
  static const std::set<std::string> kKeys{"status",       "header_missing", "capture",         "in_past",
                                           "differs_from", "json",           "host_not_suffix", "login_used_other"};
  return std::all_of(match.items().begin(), match.items().end(),
                     [](const auto& entry) { return kKeys.contains(entry.key()); });
}

bool matches(const Question& question) {
  if (!question.match.is_object() || question.match.empty()) return false;
  if (question.seen.passed && !may_hold_after_success(question.match)) return false;
  return std::all_of(question.match.items().begin(), question.match.items().end(),
                     [&](const auto& entry) { return member_holds(question, entry.key(), entry.value()); });
}

bool find_in(const Session& session, const catalogue::VerifyStep& step, const json& errors, const Observation& seen,
             Judgement& found) {
  if (!errors.is_array()) return false;
  for (const auto& entry : errors) {
    const auto match = entry.find("match");
    if (match == entry.end() || !matches({session, step, seen, *match})) continue;
    // "stage: tls" says who is not trusted; another name, or a client that is refused, is something else.
    const std::string error_class = entry.value("class", "unproven");
    if (error_class == "tls_untrusted" && seen.stage != Stage::kTlsUntrusted) continue;
    found = {error_class, entry.value("say", "")};
    return true;
  }
  return false;
}

// A sign-in page in front is what it is, whatever else a step says of redirects and of answers that do not fit.
bool is_sent_to_sign_in(const Observation& seen) {
  return !seen.passed && seen.status >= 300 && seen.status < 400 && is_sign_in(seen.headers.get_or("Location"));
}

bool expects_data(const json& step) {
  const auto expect = step.find("expect");
  if (expect == step.end()) return false;
  return expect->contains("json") || expect->contains("xml_root") || expect->contains("content_type");
}

bool is_sentence(const std::string& text) {
  return text.ends_with('.') && !text.empty() && std::isupper(static_cast<unsigned char>(text.front())) != 0;
}

// Words of the catalogue are either a sentence of their own, or what stands in brackets.
std::string message_of(const std::string& of_class, const std::string& say, const std::string& detail,
                       const std::string& filled_class) {
  if (is_sentence(say)) return say;
  const std::string& extra = say.empty() ? detail : say;
  if (extra.empty() || of_class.find("{{detail}}") != std::string::npos) return filled_class;
  std::string text = filled_class;
  if (text.ends_with('.')) text.pop_back();
  return text + " (" + extra + ").";
}

void expect_header(const json& wanted, Observation& seen) {
  for (const auto& [name, value] : wanted.items()) {
    if (!header_is(seen.headers, name, plain(value))) {
      seen.fail(Stage::kProtocol, "its answer has no header " + name + " as expected");
    }
  }
}

void expect_json(const json& wanted, Observation& seen) {
  if (!seen.parsed) {
    seen.fail(Stage::kProtocol, media_type(seen.headers) == "text/html" ? "a web page came back instead of data"
                                                                        : "its answer is no JSON");
    return;
  }
  for (const auto& [path, value] : wanted.items()) {
    if (!json_is(seen.parsed, path, value)) seen.fail(Stage::kProtocol, "its answer has no '" + path + "' as expected");
  }
}

}  // namespace

void Observation::fail(Stage at, std::string why) {
  if (!passed) return;
  passed = false;
  stage = at;
  detail = std::move(why);
}

void Observation::fail(const base::Error& error) { fail(stage_of(error), error.message); }

bool names_status(const json& step, int status) {
  const std::string text = std::to_string(status);
  if (const auto expect = step.find("expect"); expect != step.end() && expect->contains("status")) {
    if (among(expect->at("status"), text)) return true;
  }
  const auto errors = step.find("errors");
  if (errors == step.end()) return false;
  return std::any_of(errors->begin(), errors->end(), [&](const json& entry) {
    const auto match = entry.find("match");
    return match != entry.end() && match->contains("status") && among(match->at("status"), text);
  });
}

void check_expectations(Session& session, const json& expect, Observation& seen) {
  if (!seen.passed) return;
  if (expect.contains("status") && !among(expect.at("status"), std::to_string(seen.status))) {
    seen.fail(Stage::kProtocol, "status " + std::to_string(seen.status));
  }
  for (const auto& [key, wanted] : expect.items()) {
    if (!seen.passed) return;
    if (key == "header") expect_header(wanted, seen);
    if (key == "json") expect_json(wanted, seen);
    if (key == "xml_root" && xml_root(seen.body) != plain(wanted)) {
      seen.fail(Stage::kProtocol, "its answer is no " + plain(wanted) + " document");
    }
    if (key == "content_type" && media_type(seen.headers) != plain(wanted)) {
      seen.fail(Stage::kProtocol, "its answer is " + session.mask.shown(media_type(seen.headers), 60));
    }
    if (key == "body_prefix" && !begins(wanted, seen.body)) {
      seen.fail(Stage::kProtocol, "its answer begins otherwise than expected");
    }
    if (key == "body" && !finds(plain(wanted), base::trim(seen.body))) {
      seen.fail(Stage::kProtocol, "its answer is not the expected one");
    }
    if (key == "body_contains" && seen.body.find(plain(wanted)) == std::string::npos) {
      seen.fail(Stage::kProtocol, "its answer lacks " + plain(wanted));
    }
  }
}

std::string default_class(const Session& session, const json& text, const Observation& seen) {
  if (seen.passed) return {};
  if (!seen.error_class.empty()) return seen.error_class;
  const bool is_page = media_type(seen.headers) == "text/html";
  if (seen.status == 203 && is_page) return "login_page";
  if (is_sent_to_sign_in(seen)) return "login_page";
  if (seen.status >= 300 && seen.status < 400) return "wrong_service";
  if (seen.status >= 200 && seen.status < 300 && is_page && expects_data(text)) return "wrong_service";
  if (const auto by_status = session.environment.catalogue.error_class_of_status(seen.status); !by_status.empty()) {
    return std::string(by_status);
  }
  return class_of(seen.stage);
}

Judgement judge(const Session& session, const catalogue::VerifyStep& step, const json& text, const Observation& seen) {
  Judgement found;
  const bool unreachable = !seen.passed && seen.status == 0 && !seen.error_class.empty();
  if (!unreachable) {
    const json general = json::parse(session.scheme.verify.errors, nullptr, false);
    const bool known = (text.contains("errors") && find_in(session, step, text.at("errors"), seen, found)) ||
                       find_in(session, step, general, seen, found);
    if (known && (found.error_class == "login_page" || !is_sent_to_sign_in(seen))) return found;
  }
  return {default_class(session, text, seen), ""};
}

Verdict verdict_of(const Session& session, const Judgement& judgement, const Observation& seen,
                   std::chrono::milliseconds spent) {
  std::map<std::string, std::string, std::less<>> words{
      {"host", seen.host.empty() ? session.target.host : seen.host},
      {"port", seen.port != 0 ? std::to_string(seen.port) : session.target.port},
      {"status", std::to_string(seen.status)},
      {"seconds", std::to_string(std::max<std::int64_t>(1, (spent.count() + 500) / 1000))},
      {"seen", session.mask.shown(seen.seen, 120)},
      {"detail", session.mask.shown(seen.detail)}};
  if (words["host"].empty()) words["host"] = "the service";
  if (judgement.error_class == "not_found" && seen.detail.starts_with("status "))
    words["detail"] = "what was asked for";
  std::string say = judgement.say.empty() ? "" : session.shown(judgement.say, words);
  if (judgement.error_class == "tls_untrusted" && !say.empty() && !seen.detail.empty()) say += ": " + words["detail"];
  if (!say.empty()) words["detail"] = say;
  const auto* of_class = session.environment.catalogue.find_error_class(judgement.error_class);
  Verdict verdict{.error_class = judgement.error_class};
  if (of_class == nullptr) {
    verdict.message = say.empty() ? seen.detail : say;
  } else {
    verdict.message = message_of(of_class->say, say, "", session.shown(of_class->say, words));
    verdict.remedy = session.shown(of_class->next, words);
  }
  verdict.message = session.mask.apply(verdict.message);
  verdict.words = session.mask.shown(seen.words);
  return verdict;
}

}  // namespace probes
