# Puts files into a program. As an include it defines
#   embed(TARGET FOLDER HEADER NAMESPACE): each file of src/FOLDER becomes an entry of
#     std::span<const PageFile> NAMESPACE::page_files(), declared in HEADER;
# as a script (cmake -P) it writes that .cc.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(embed_script ${CMAKE_CURRENT_LIST_FILE})
  function(embed target folder header namespace)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/*)
    set(out ${CMAKE_BINARY_DIR}/embedded/${folder}.cc)
    string(REPLACE ";" "|" listed "${files}")
    add_custom_command(OUTPUT ${out}
      COMMAND ${CMAKE_COMMAND} "-DFILES=${listed}" -DHEADER=${header} -DNAMESPACE=${namespace}
        -DOUT=${out} -P ${embed_script}
      DEPENDS ${files} ${embed_script} VERBATIM)
    target_sources(${target} PRIVATE ${out})
  endfunction()
  return()
endif()

set(text "// Written by cmake/embed.cmake.\n#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\n")
string(APPEND text "namespace {\n\n")
string(REPLACE "|" ";" FILES "${FILES}")
set(entries "")
set(index 0)
foreach(path IN LISTS FILES)
  get_filename_component(name ${path} NAME)
  file(READ ${path} digits HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${digits}")
  string(APPEND text "const char kFile${index}[] = {${bytes}};\n")
  string(APPEND entries "    {\"${name}\", {kFile${index}, sizeof kFile${index}}},\n")
  math(EXPR index "${index} + 1")
endforeach()
string(APPEND text "\nconst PageFile kFiles[] = {\n${entries}};\n\n}  // namespace\n\n"
  "std::span<const PageFile> page_files() { return kFiles; }\n\n}  // namespace ${NAMESPACE}\n")
file(WRITE ${OUT} "${text}")
