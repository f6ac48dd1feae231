#include "connections/verification_store.h"

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"

namespace connections::store {
namespace {

using jsonapi::Json;

std::string summary_of(const Report& report) {
  Json steps = Json::array();
  for (const auto& step : report.steps) {
    steps.push_back({{"id", step.id},
                     {"action", step.action},
                     {"result", step.result},
                     {"message", step.message},
                     {"milliseconds", step.milliseconds}});
  }
  return jsonapi::dump({{"class", report.error_class},
                        {"message", report.message},
                        {"remedy", report.remedy},
                        {"milliseconds", report.milliseconds},
                        {"steps", steps}});
}

Report report_from(const std::string& result, const std::string& text) {
  Report report;
  report.result = result;
  const auto json = jsonapi::parse(text, {std::size_t{4} << 20U, 16, false});
  if (!json) return report;
  report.error_class = jsonapi::get_text(*json, "class");
  report.message = jsonapi::get_text(*json, "message");
  report.remedy = jsonapi::get_text(*json, "remedy");
  report.milliseconds = jsonapi::get_integer(*json, "milliseconds");
  for (const auto& step : jsonapi::get_array(*json, "steps")) {
    report.steps.push_back({jsonapi::get_text(step, "id"), jsonapi::get_text(step, "action"),
                            jsonapi::get_text(step, "result"), jsonapi::get_text(step, "message"),
                            jsonapi::get_integer(step, "milliseconds")});
  }
  return report;
}

Asked asked_from(const std::string& name) {
  for (const Asked asked : {Asked::kBeforeSaving, Asked::kDaily}) {
    if (name == asked_name(asked)) return asked;
  }
  return Asked::kOnDemand;
}

}  // namespace

base::Status insert(storage::Transaction& transaction, const Verification& v) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO service_connection_verifications (id, connection_id, created_at, result, summary, asked_how, "
      "asked_by, asked_by_name) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      {v.id, v.connection, v.created_at, v.report.result, summary_of(v.report), asked_name(v.asked), v.asked_by,
       v.asked_by_name}));
  RETURN_IF_ERROR(transaction.execute(
      "DELETE FROM service_connection_verifications WHERE connection_id = $1 AND id NOT IN (SELECT id FROM "
      "service_connection_verifications WHERE connection_id = $1 ORDER BY created_at DESC, id DESC LIMIT 30)",
      {v.connection}));
  return {};
}

base::Result<base::Page<Verification>> list(storage::Connection& connection, const ServiceConnectionId& id,
                                            const base::PageRequest& page) {
  base::Page<Verification> result{.items = {}, .total = 0, .request = page};
  ASSIGN_OR_RETURN(
      const auto count,
      connection.find("SELECT COUNT(*) FROM service_connection_verifications WHERE connection_id = $1", {id}));
  result.total = count->integer(0);
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT id, connection_id, created_at, result, summary, asked_how, asked_by, asked_by_name FROM "
                       "service_connection_verifications WHERE connection_id = $1 ORDER BY created_at DESC, id DESC "
                       "LIMIT $2 OFFSET $3",
                       {id, page.size, page.offset()}));
  for (const auto& row : rows) {
    result.items.push_back({row.id<VerificationId>(0), row.id<ServiceConnectionId>(1), row.time(2),
                            report_from(row.text(3), row.text(4)), asked_from(row.text(5)), row.text(6), row.text(7)});
  }
  return result;
}

}  // namespace connections::store
