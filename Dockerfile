# txlint loads packages with the go command, so the image has Go in it. Build it
# with the Go version of the code that it is to check, or a newer one:
#
#   docker build --build-arg GO=1.26 -t txlint .
#   docker run --rm -v "$PWD:/src" txlint ./...
ARG GO=1.26
FROM golang:${GO} AS build
WORKDIR /txlint
COPY . .
RUN CGO_ENABLED=0 GOFLAGS=-buildvcs=false go build -trimpath -o /usr/local/bin/txlint ./cmd/txlint

FROM golang:${GO}
COPY --from=build /usr/local/bin/txlint /usr/local/bin/txlint
# The mounted repository belongs to another user, which git would refuse.
RUN git config --system --add safe.directory '*'
WORKDIR /src
ENTRYPOINT ["txlint"]
