// CSV (RFC 4180) with a header row, read and written.
//
// Read: fields in quotes may hold commas, doubled quotes and line ends; lines end with LF or CRLF;
// a byte order mark is passed over; an empty field without quotes is null. A quote in the middle of
// a field without quotes stands for itself. After a row whose quotes do not match, reading goes on
// with the line after the row's first.
//
// With types taken from the first rows a column is int64, float64, bool, timestamp or string;
// digits that begin with 0 are a string, and so is a column of whole numbers where one is beyond
// int64 and float64 does not hold all of them exactly. Columns of type list, struct and value hold
// JSON.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "data/batch.h"
#include "data/dictionary.h"
#include "data/records.h"

namespace weir::data {

// Reads the first rows. Fails where there is no header, where two of its names are alike, where
// `options` name a column that it does not have, and where the bytes cannot be read. `devices`
// outlives the reader.
base::Result<std::unique_ptr<RecordReader>> open_csv(ReadBytes read, const RecordOptions& options,
                                                     Dictionary& devices);

// The header `time,device,…` and one record, each with its line's end; images and packets are left
// out.
void append_csv_header(std::string& out, const Schema& schema);
void append_csv_record(std::string& out, const Batch& batch, std::size_t index,
                       const Dictionary& devices);

}  // namespace weir::data
