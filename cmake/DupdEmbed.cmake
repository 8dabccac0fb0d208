# dupd_embed(TARGET FILE SYMBOL): compiles a data file into a target, as
#   const char SYMBOL[]; const size_t SYMBOL_len;
# so that the program needs no file at run time. Remade when the file changes.
set(DUPD_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed.cmake")
function(dupd_embed target file symbol)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c")
  add_custom_command(
    OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DIN=${file}" "-DOUT=${out}" "-DSYMBOL=${symbol}" -P "${DUPD_EMBED_SCRIPT}"
    DEPENDS "${file}" "${DUPD_EMBED_SCRIPT}"
    VERBATIM)
  target_sources(${target} PRIVATE "${out}")
endfunction()
