#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "catalogue/template.h"

// A template that is found to be well-formed must be filled in, and what is filled in must be well-formed; a value that
// a filter cannot convert, or too much text, may still refuse it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  catalogue::Values values;
  values.set("username", "user{{name}}");
  values.set_secret("password", base::Secret("bm90IGEgcGZ4"));
  const auto target = catalogue::split_target(*catalogue::Catalogue::builtin()->find_type("generic"), text);
  catalogue::Context context;
  context.values = &values;
  context.name = "a connection";
  context.target = &target;
  const auto rendered = catalogue::render(text, context);
  const bool well_formed = catalogue::check_template(text).has_value();
  if (rendered && !well_formed) std::abort();
  if (rendered && rendered->text.size() > context.limit) std::abort();
  return 0;
}
