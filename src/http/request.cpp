#include "http/request.h"

namespace http {

Completion::~Completion() {
  if (give_) std::exchange(give_, nullptr)(std::nullopt);
}

void Completion::operator()(Response response) { std::exchange(give_, nullptr)(std::move(response)); }

}  // namespace http
