#!/bin/sh
# What the one-shot services `certs` and `demo-certs` run: the CA is made once, in a volume of its own; everybody gets only their own files.
# `certs.sh NAME FOLDER ...`: a certificate for each NAME, left in its FOLDER. Run it again after `davy certs revoke` or to renew.
set -eu
umask 077
ca=/ca/plant
[ -e "$ca/ca.key" ] || davy certs init "$ca" --name mosquitto --name localhost --name 127.0.0.1 ${BROKER_NAME:+--name "$BROKER_NAME"} --at /certs/broker
if [ -w /certs/broker ]; then cp "$ca"/broker/* /certs/broker/; fi
while [ $# -ge 2 ]; do
  [ -d "$ca/clients/$1" ] || davy certs issue "$ca" "$1"
  newest=$(ls -td "$ca/clients/$1"/*/ | head -n 1)
  mkdir -p "$2"
  cp "$newest"*.pem "$2"/
  shift 2
done
