#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catalogue/yaml_form.h"
#include "cli/context.h"

namespace cli {

// What `create`, `update` and `apply` take from the line beside a file.
struct FormOptions {
  std::vector<std::string> set;          // PATH=VALUE, PATH=@FILE, PATH=@- (standard input), PATH=@@TEXT
  std::vector<std::string> set_env;      // PATH=VARIABLE
  std::vector<std::string> credentials;  // KEY=VALUE: credentials.KEY
  bool url_encoded = false;
};
void add_form_options(CLI::App& command, FormOptions& options);

base::Result<std::vector<catalogue::Setting>> settings_of(Context& context, const FormOptions& options);

// The catalogue that knows the type: the program's own, or with the server's custom type in it.
base::Result<std::shared_ptr<const catalogue::Catalogue>> catalogue_for(Context& context, const std::string& type);

// A connection as a file has it.
struct ConnectionFile {
  std::string name;  // of the file, for messages
  std::shared_ptr<const catalogue::Catalogue> catalogue;
  catalogue::Form form;
};
// Reads and checks a file ("-": standard input); kInvalid lists every problem, one a line, with file, line and column.
// Warnings go to the error stream, also when others may read a file with secrets in it. An empty path is an empty file.
base::Result<ConnectionFile> read_connection_file(Context& context, const std::string& path,
                                                  const std::vector<catalogue::Setting>& settings, bool url_encoded);

// kInvalid lists what is wrong with the values. `stored`: those of the connection that is to be changed, or null.
base::Status check_values(const ConnectionFile& file, const catalogue::Values* stored);

// The attributes of a request to create it, or to change it (without type and scheme).
Json attributes_of(const ConnectionFile& file, bool create);

// What the server shows of a connection, as values; secrets are known to be stored.
catalogue::Values values_of(const Json& connection);

// The id of a project by name or id; with an empty name the only one, or "Default Project".
base::Result<std::string> find_project(Context& context, const std::string& name_or_id);
// A connection by id ("sc-…") or name; `project` (may be empty) tells those of one name apart.
base::Result<Json> find_connection(Context& context, const std::string& name_or_id, const std::string& project);

}  // namespace cli
