#include "probes/failure.h"

#include <array>

namespace probes {
namespace {

struct Row {
  Stage stage;
  const char* id;  // kept in Error::detail
  const char* name;
  const char* error_class;
};

constexpr std::array<Row, 15> kRows{{{Stage::kInput, "input", "input", "bad_input"},
                                     {Stage::kDns, "dns", "dns", "dns"},
                                     {Stage::kConnect, "connect", "connect", "connect"},
                                     {Stage::kTimeout, "timeout", "timeout", "timeout"},
                                     {Stage::kBlocked, "blocked", "blocked", "blocked"},
                                     {Stage::kTlsUntrusted, "tls-untrusted", "tls", "tls_untrusted"},
                                     {Stage::kTlsName, "tls-name", "tls", "tls_name"},
                                     {Stage::kTlsClient, "tls-client", "tls", "tls_client"},
                                     {Stage::kTls, "tls", "handshake", "wrong_service"},
                                     {Stage::kProtocol, "protocol", "answer", "wrong_service"},
                                     {Stage::kRefused, "refused", "answer", "unauthorized"},
                                     {Stage::kProxy, "proxy", "proxy", "proxy_auth"},
                                     {Stage::kUnsupported, "unsupported", "input", "unsupported_here"},
                                     {Stage::kStopped, "stopped", "stopped", "timeout"},
                                     {Stage::kInternal, "internal", "internal", "unproven"}}};

const Row& row_of(Stage stage) {
  for (const Row& row : kRows) {
    if (row.stage == stage) return row;
  }
  return kRows.back();
}

}  // namespace

base::Error failed_at(Stage stage, std::string detail) {
  return {base::Code::kUpstream, std::move(detail), row_of(stage).id};
}

Stage stage_of(const base::Error& error) {
  for (const Row& row : kRows) {
    if (error.detail == row.id) return row.stage;
  }
  return Stage::kInternal;
}

const char* stage_name(Stage stage) { return row_of(stage).name; }
const char* class_of(Stage stage) { return row_of(stage).error_class; }

}  // namespace probes
