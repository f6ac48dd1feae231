#include "app/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <vector>

#include "jobs/queue.h"

namespace app {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, const char* help, MetricType type) {
  MetricFamily made;
  made.name = name;
  made.help = help;
  made.type = type;
  return made;
}

MetricFamily counter(const char* name, const char* help, std::uint64_t value) {
  auto made = family(name, help, MetricType::Counter);
  ClientMetric metric;
  metric.counter.value = static_cast<double>(value);
  made.metric.push_back(metric);
  return made;
}

void add_gauge(MetricFamily& to, std::vector<ClientMetric::Label> labels, std::int64_t value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = static_cast<double>(value);
  to.metric.push_back(std::move(metric));
}

MetricFamily job_depths(storage::Database& database) {
  auto made = family("runbridge_jobs", "Jobs in the queue by kind and state", MetricType::Gauge);
  const auto depths = database.read([](storage::Connection& connection) { return jobs::depths(connection); });
  if (!depths) return made;
  for (const jobs::Depth& depth : *depths) {
    add_gauge(made, {{"kind", depth.kind}, {"state", "waiting"}}, depth.waiting);
    add_gauge(made, {{"kind", depth.kind}, {"state", "running"}}, depth.running);
    add_gauge(made, {{"kind", depth.kind}, {"state", "parked"}}, depth.parked);
  }
  return made;
}

}  // namespace

std::string metrics_text(storage::Database& database, const http::ServerStats& http) {
  auto open = family("runbridge_http_connections", "Connections open now", MetricType::Gauge);
  add_gauge(open, {}, static_cast<std::int64_t>(http.open_connections));
  const std::vector<MetricFamily> families{
      counter("runbridge_http_accepted_total", "Connections accepted", http.accepted),
      counter("runbridge_http_requests_total", "Requests answered by a handler", http.requests),
      counter("runbridge_http_rejected_total", "Requests refused before a handler", http.rejected),
      counter("runbridge_http_timed_out_total", "Connections closed at a deadline", http.timed_out),
      counter("runbridge_http_accept_errors_total", "Failed accept calls", http.accept_errors),
      open,
      job_depths(database)};
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace app
